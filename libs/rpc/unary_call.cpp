#include "libs/rpc/unary_call.h"

#include "libs/rpc/byte_buffer.h"

namespace marquee::rpc {
namespace {

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

void UnaryCall::begin() {
  call_.read(context(), request());
  if (call_.incoming.method->lane->pool().post([this] { run(); })) return;
  const Error refusal = overloaded();
  record_refused(call_.incoming, refusal);
  answer(refusal);
}

void UnaryCall::cancelled() {
  call_.cancellation->cancel();
}

void UnaryCall::run() {
  UnaryReply reply(response_);
  auto error = run_handler(call_.incoming, reply);
  record(call_.incoming, error);
  answer(error);
}

void UnaryCall::answer(const std::optional<Error>& error) {
  const grpc::Status status = end_of(context(), error);
  finish(status, error ? grpc::ByteBuffer() : response_);
}

}  // namespace marquee::rpc
