#include "libs/rpc/client_metadata.h"

#include "libs/rpc/caller.h"
#include "marquee/api/error.pb.h"

namespace marquee::rpc {

void fill_context(grpc::ClientContext& context, const ClientCall& call) {
  context.set_deadline(std::chrono::system_clock::now() +
                       (call.deadline - std::chrono::steady_clock::now()));
  context.AddMetadata(kCallerMetadata, std::string(call.caller));
  if (call.fresh) context.AddMetadata(kFreshMetadata, "1");
  if (!call.request_id.empty()) {
    context.AddMetadata(kRequestIdMetadata, std::string(call.request_id));
  }
  if (!call.traceparent.empty()) context.AddMetadata("traceparent", std::string(call.traceparent));
}

void read_status(const grpc::ClientContext& context, const grpc::Status& status, Answer& answer) {
  answer.code = static_cast<Code>(status.error_code());
  if (answer.ok()) return;
  answer.message = status.error_message();
  const auto& trailers = context.GetServerTrailingMetadata();
  if (auto found = trailers.find(kErrorMetadata); found != trailers.end()) {
    read_error_detail({found->second.data(), found->second.size()}, answer);
  }
}

bool read_error_detail(std::string_view bytes, Answer& answer) {
  marquee::api::ErrorDetail detail;
  if (!detail.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  answer.from_service = true;
  answer.reason = detail.reason();
  answer.retry_after_ms = detail.retry_after_ms();
  for (const auto& field : detail.fields()) {
    answer.fields.emplace_back(field.field(), field.message());
  }
  return true;
}

}  // namespace marquee::rpc
