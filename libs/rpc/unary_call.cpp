#include "libs/rpc/unary_call.h"

#include "libs/core/ids.h"
#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/status.h"

namespace marquee::rpc {
namespace {

std::string_view metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto& all = context.client_metadata();
  auto it = all.find(key);
  return it == all.end() ? std::string_view()
                         : std::string_view(it->second.data(), it->second.size());
}

// Nothing when the client set none.
std::optional<std::chrono::milliseconds> time_asked(const grpc::CallbackServerContext& context) {
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

UnaryCall::UnaryCall(const ServerMethod& method, grpc::CallbackServerContext& context,
                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response)
    : context_(context), response_(response), request_(flatten(request)) {
  std::string_view id = metadata(context, kRequestIdMetadata);
  request_id_ = is_request_id(id) ? std::string(id) : random_request_id();
  call_.method = &method;
  call_.caller = metadata(context, kCallerMetadata);
  call_.payload = request_;
  call_.request_id = request_id_;
  call_.deadline = deadline_within(*method.config, time_asked(context), cancellation_);
  call_.fresh = metadata(context, kFreshMetadata) == "1";
  call_.trace = Trace::continued(metadata(context, kTraceparent));
}

void UnaryCall::start() {
  if (call_.method->lane->pool().post([this] { run(); })) return;
  const Error refusal = overloaded();
  record_refused(call_, refusal);
  finish(refusal);
}

void UnaryCall::OnCancel() {
  cancellation_->cancel();
}

void UnaryCall::run() {
  UnaryReply reply(response_);
  auto error = run_handler(call_, reply);
  record(call_, error);
  finish(error);
}

void UnaryCall::finish(const std::optional<Error>& error) {
  if (!error) {
    Finish(grpc::Status::OK);
    return;
  }
  context_.AddTrailingMetadata(kErrorMetadata, encode_error_detail(*error));
  Finish(to_status(*error));
}

}  // namespace marquee::rpc
