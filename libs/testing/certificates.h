// A certificate authority of a test's own, and what it signs, as PEM files made by the openssl
// program; gone with the object.
#pragma once

#include <string>

#include "libs/testing/process.h"

namespace marquee::testing {

class Certificates {
 public:
  Certificates();

  // `names` as openssl has them: "DNS:movie-service,IP:127.0.0.1". `file` names the result for
  // certificate() and key(). Throws std::runtime_error with what openssl said.
  void sign(const std::string& file, const std::string& names) const;

  std::string authority() const { return path("ca.pem"); }
  std::string certificate(const std::string& file) const { return path(file + ".pem"); }
  std::string key(const std::string& file) const { return path(file + ".key"); }

 private:
  std::string path(const std::string& file) const { return folder_.path() + "/" + file; }

  TemporaryFolder folder_;
};

}  // namespace marquee::testing
