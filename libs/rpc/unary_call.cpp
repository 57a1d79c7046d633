#include "libs/rpc/unary_call.h"

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

class UnaryReply final : public ReplySink {
 public:
  explicit UnaryReply(grpc::ByteBuffer& response) : response_(response) {}
  void write(const google::protobuf::Message& reply) override {
    response_ = to_buffer(reply.SerializeAsString());
  }

 private:
  grpc::ByteBuffer& response_;
};

}  // namespace

UnaryCall::UnaryCall(const RawService::Place& place, const ServerMethod& method) : RawUnary(place) {
  call_.method = &method;
}

void UnaryCall::begin() {
  std::string_view id = metadata(context(), kRequestIdMetadata);
  request_id_ = is_request_id(id) ? std::string(id) : random_request_id();
  request_bytes_ = flatten(request());
  call_.started = std::chrono::steady_clock::now();
  call_.caller = metadata(context(), kCallerMetadata);
  call_.payload = request_bytes_;
  call_.request_id = request_id_;
  call_.deadline = deadline_within(*call_.method->config, time_asked(context()), cancellation_);
  call_.fresh = metadata(context(), kFreshMetadata) == "1";
  call_.trace = Trace::continued(metadata(context(), kTraceparent));
  if (call_.method->lane->pool().post([this] { run(); })) return;
  const Error refusal = overloaded();
  record_refused(call_, refusal);
  answer(refusal);
}

void UnaryCall::cancelled() {
  cancellation_->cancel();
}

void UnaryCall::run() {
  UnaryReply reply(response_);
  auto error = run_handler(call_, reply);
  record(call_, error);
  answer(error);
}

void UnaryCall::answer(const std::optional<Error>& error) {
  if (!error) {
    finish(grpc::Status::OK, response_);
    return;
  }
  context().AddTrailingMetadata(kErrorMetadata, encode_error_detail(*error));
  finish(to_status(*error));
}

}  // namespace marquee::rpc
