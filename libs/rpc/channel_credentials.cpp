#include "libs/rpc/channel_credentials.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace marquee::rpc {
namespace {

std::string read_file(const std::string& path) {
  if (path.empty()) return {};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) throw std::runtime_error("cannot read " + path);
  return text.str();
}

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    throw std::runtime_error("a TLS certificate needs its key, and a key its certificate");
  }
  if (!files.enabled()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = read_file(files.ca);
  options.pem_cert_chain = read_file(files.certificate);
  options.pem_private_key = read_file(files.key);
  return grpc::SslCredentials(options);
}

}  // namespace marquee::rpc
