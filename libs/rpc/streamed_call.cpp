#include "libs/rpc/streamed_call.h"

#include "libs/rpc/byte_buffer.h"

namespace marquee::rpc {
namespace {

class Outgoing final : public ReplySink {
 public:
  explicit Outgoing(std::deque<grpc::ByteBuffer>& replies) : replies_(replies) {}
  void write(const google::protobuf::Message& reply) override {
    replies_.push_back(to_buffer(reply.SerializeAsString()));
  }

 private:
  std::deque<grpc::ByteBuffer>& replies_;
};

}  // namespace

void StreamedCall::begin() {
  call_.read(context(), request());
  next_turn();
}

void StreamedCall::cancelled() {
  call_.cancellation->cancel();
}

void StreamedCall::next_turn() {
  turns_.queued_at = std::chrono::steady_clock::now();
  if (call_.incoming.method->lane->pool().post([this] { run_turn(); })) return;
  call_.incoming.method->lane->refused();
  end(overloaded());
}

void StreamedCall::run_turn() {
  Outgoing outgoing(outgoing_);
  if (auto error = run_stream_turn(call_.incoming, turns_, outgoing)) {
    end(error);
  } else {
    go_on();
  }
}

void StreamedCall::go_on() {
  if (!outgoing_.empty()) {
    const grpc::ByteBuffer reply = outgoing_.front();
    outgoing_.pop_front();
    write(reply, !outgoing_.empty());
  } else if (turns_.more) {
    next_turn();
  } else {
    end(std::nullopt);
  }
}

void StreamedCall::written(bool ok) {
  if (ok) {
    go_on();
  } else {
    end(Error(Code::kCancelled, "cancelled", "The client has gone"));
  }
}

void StreamedCall::end(const std::optional<Error>& error) {
  record(call_.incoming, error);
  finish(end_of(context(), error));
}

}  // namespace marquee::rpc
