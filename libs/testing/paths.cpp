#include "libs/testing/paths.h"

namespace marquee::testing {

const std::string& source_dir() {
  static const std::string path = MARQUEE_SOURCE_DIR;
  return path;
}

const std::string& binary_dir() {
  static const std::string path = MARQUEE_BINARY_DIR;
  return path;
}

}  // namespace marquee::testing
