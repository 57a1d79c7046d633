// What a client needs to trust a server, and to be known to it, as gRPC takes it; for the .cpp
// files of libs/rpc and for tests.
#pragma once

#include <memory>

#include <grpcpp/security/credentials.h>

#include "libs/rpc/tls.h"

namespace marquee::rpc {

// Plain text when no file is named. Throws std::runtime_error naming a file that cannot be read, or
// a certificate without its key.
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsFiles& files);

}  // namespace marquee::rpc
