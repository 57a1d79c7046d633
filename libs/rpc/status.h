// Error <-> gRPC status. The one place where the two meet; for the .cpp files of libs/rpc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <grpcpp/support/status.h>

#include "libs/core/error.h"

namespace marquee::api {
class ErrorDetail;
}

namespace marquee::rpc {

void fill_error_detail(const Error& error, api::ErrorDetail& detail);
// What belongs into trailing metadata `marquee-error-bin`.
std::string encode_error_detail(const Error& error);
grpc::Status to_status(const Error& error);
// `detail` is the metadata's value where there was one.
Error to_error(const grpc::Status& status, std::optional<std::string_view> detail);

}  // namespace marquee::rpc
