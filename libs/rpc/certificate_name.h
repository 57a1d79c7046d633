// A name that a certificate is good for. For who talks to a server whose certificate file it has.
#pragma once

#include <string>

namespace marquee::rpc {

// The first DNS name, or address, of the first certificate in the PEM file, else its common name.
// Throws std::runtime_error naming a file that has none.
std::string certificate_name(const std::string& path);

}  // namespace marquee::rpc
