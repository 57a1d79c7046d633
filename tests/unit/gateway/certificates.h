// Certificates that tests make for themselves.
#pragma once

#include <chrono>
#include <string>

namespace marquee::gateway {

struct MadeCertificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
  std::string sealed_key;   // the same behind a passphrase
};

// Signed by itself, for localhost, *.films.example and 127.0.0.1. `name` is its common name.
// `begins` and `ends` from now.
MadeCertificate make_certificate(const std::string& name,
                                 std::chrono::seconds begins = std::chrono::hours(-1),
                                 std::chrono::seconds ends = std::chrono::hours(24));

void write_file(const std::string& path, const std::string& content);

}  // namespace marquee::gateway
