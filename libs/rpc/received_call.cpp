#include "libs/rpc/received_call.h"

#include "libs/core/ids.h"
#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/status.h"

namespace marquee::rpc {
namespace {

std::string_view metadata(const grpc::ServerContext& context, const char* key) {
  const auto& all = context.client_metadata();
  auto it = all.find(key);
  return it == all.end() ? std::string_view()
                         : std::string_view(it->second.data(), it->second.size());
}

// Nothing when the client set none.
std::optional<std::chrono::milliseconds> time_asked(const grpc::ServerContext& context) {
  auto now = std::chrono::system_clock::now();
  if (context.deadline() > now + std::chrono::hours(24)) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline() - now);
}

}  // namespace

void ReceivedCall::read(const grpc::ServerContext& context, const grpc::ByteBuffer& request) {
  std::string_view id = metadata(context, kRequestIdMetadata);
  request_id = is_request_id(id) ? std::string(id) : random_request_id();
  payload = flatten(request);
  incoming.started = std::chrono::steady_clock::now();
  incoming.caller = metadata(context, kCallerMetadata);
  incoming.payload = payload;
  incoming.request_id = request_id;
  incoming.deadline = deadline_within(*incoming.method->config, time_asked(context), cancellation);
  incoming.fresh = metadata(context, kFreshMetadata) == "1";
  incoming.trace = Trace::continued(metadata(context, kTraceparent));
}

grpc::Status end_of(grpc::ServerContext& context, const std::optional<Error>& error) {
  if (!error) return grpc::Status::OK;
  context.AddTrailingMetadata(kErrorMetadata, encode_error_detail(*error));
  return to_status(*error);
}

}  // namespace marquee::rpc
