#include "libs/rpc/call_streams.h"

#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/server_stream.h"
#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc {
namespace {

// For an answer that needs no lane.
class AnsweredCall final : public grpc::ServerUnaryReactor {
 public:
  explicit AnsweredCall(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

const ServerMethod* CallStreams::method(std::string_view path) const {
  auto it = methods_.find(path);
  return it == methods_.end() ? nullptr : it->second;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* CallStreams::open() {
  auto stream = std::make_shared<ServerStream>(*this);
  bool leaving = opened(stream);
  stream->begin();
  if (leaving) stream->drain();
  return stream.get();
}

grpc::ServerUnaryReactor* CallStreams::collect(const grpc::ByteBuffer& request,
                                               grpc::ByteBuffer& response) {
  api::CollectRequest wanted;
  if (!wanted.ParseFromString(flatten(request))) {
    return new AnsweredCall({grpc::StatusCode::INVALID_ARGUMENT, "Malformed request"});
  }
  auto payload = collected_.take(wanted.name());
  if (!payload) return new AnsweredCall({grpc::StatusCode::NOT_FOUND, "No such reply"});
  api::CollectReply reply;
  reply.set_payload(std::move(*payload));
  response = to_buffer(reply.SerializeAsString());
  return new AnsweredCall(grpc::Status::OK);
}

void CallStreams::drain() {
  std::unordered_set<std::shared_ptr<ServerStream>> streams;
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
    streams = streams_;
  }
  for (const auto& stream : streams) stream->drain();
}

void CallStreams::wait_for_end() {
  std::unique_lock lock(mutex_);
  quiet_.wait(lock, [this] { return streams_.empty(); });
}

std::size_t CallStreams::size() const {
  std::lock_guard lock(mutex_);
  return streams_.size();
}

bool CallStreams::opened(std::shared_ptr<ServerStream> stream) {
  std::lock_guard lock(mutex_);
  streams_.insert(std::move(stream));
  return draining_;
}

void CallStreams::ended(const std::shared_ptr<ServerStream>& stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
  quiet_.notify_all();
}

}  // namespace marquee::rpc
