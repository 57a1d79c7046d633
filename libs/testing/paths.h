// Where this build came from and went to: what tests need of the tree and of the other programs.
#pragma once

#include <string>

namespace marquee::testing {

// The checkout's top folder, without a final slash.
const std::string& source_dir();
// The build folder; programs are in its bin/.
const std::string& binary_dir();

}  // namespace marquee::testing
