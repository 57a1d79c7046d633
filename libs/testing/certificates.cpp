#include "libs/testing/certificates.h"

#include <fstream>
#include <stdexcept>
#include <vector>

namespace marquee::testing {
namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  std::string output;
  if (run(arguments, &output) != 0) throw std::runtime_error(output);
}

}  // namespace

Certificates::Certificates() {
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-days", "2", "-subj", "/CN=test authority", "-keyout", key("ca"), "-out", authority()});
}

void Certificates::sign(const std::string& file, const std::string& names) const {
  std::ofstream(path(file + ".ext")) << "subjectAltName=" << names << "\n";
  openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
           "/CN=" + file, "-keyout", key(file), "-out", path(file + ".csr")});
  openssl({"x509", "-req", "-in", path(file + ".csr"), "-CA", authority(), "-CAkey", key("ca"),
           "-CAcreateserial", "-days", "2", "-extfile", path(file + ".ext"), "-out",
           certificate(file)});
}

}  // namespace marquee::testing
