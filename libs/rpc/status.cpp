#include "libs/rpc/status.h"

#include "marquee/api/error.pb.h"

namespace marquee::rpc {

void fill_error_detail(const Error& error, api::ErrorDetail& detail) {
  detail.set_reason(error.reason());
  for (const auto& field : error.fields()) {
    auto* violation = detail.add_fields();
    violation->set_field(field.name);
    violation->set_message(field.message);
  }
  detail.set_retry_after_ms(static_cast<std::uint32_t>(error.retry_after().count()));
}

std::string encode_error_detail(const Error& error) {
  api::ErrorDetail detail;
  fill_error_detail(error, detail);
  return detail.SerializeAsString();
}

grpc::Status to_status(const Error& error) {
  return {static_cast<grpc::StatusCode>(error.code()), error.message()};
}

Error to_error(const grpc::Status& status, std::optional<std::string_view> detail) {
  api::ErrorDetail parsed;
  if (detail) parsed.ParseFromArray(detail->data(), static_cast<int>(detail->size()));
  auto code = static_cast<Code>(status.error_code());
  std::string reason = parsed.reason().empty() ? std::string(code_name(code)) : parsed.reason();
  // Without a detail the text is gRPC's own and names addresses.
  std::string message = detail ? status.error_message() : "Service temporarily unavailable";
  Error error(code, std::move(reason), std::move(message));
  for (const auto& field : parsed.fields()) error.add_field(field.field(), field.message());
  return std::move(error).retry_after(std::chrono::milliseconds(parsed.retry_after_ms()));
}

}  // namespace marquee::rpc
