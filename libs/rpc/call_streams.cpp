#include "libs/rpc/call_streams.h"

#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/raw_unary.h"
#include "libs/rpc/server_stream.h"
#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc {
namespace {

constexpr char kOpenPath[] = "/marquee.api.CallStream/Open";
constexpr char kCollectPath[] = "/marquee.api.CallStream/Collect";

// Needs no lane.
class CollectCall final : public RawUnary {
 public:
  CollectCall(const RawService::Place& place, CollectedReplies& collected)
      : RawUnary(place), collected_(collected) {}

 private:
  void begin() override {
    api::CollectRequest wanted;
    if (!wanted.ParseFromString(flatten(request()))) {
      finish({grpc::StatusCode::INVALID_ARGUMENT, "Malformed request"});
      return;
    }
    auto payload = collected_.take(wanted.name());
    if (!payload) {
      finish({grpc::StatusCode::NOT_FOUND, "No such reply"});
      return;
    }
    api::CollectReply reply;
    reply.set_payload(std::move(*payload));
    finish(grpc::Status::OK, to_buffer(reply.SerializeAsString()));
  }

  CollectedReplies& collected_;
};

}  // namespace

const ServerMethod* CallStreams::method(std::string_view path) const {
  auto it = methods_.find(path);
  return it == methods_.end() ? nullptr : it->second;
}

void CallStreams::add_methods(RawService& service) {
  service.add(kOpenPath, grpc::internal::RpcMethod::BIDI_STREAMING,
              [this](const RawService::Place& place) {
                std::make_shared<ServerStream>(*this, place)->expect();
              });
  service.add_unary(kCollectPath, [this](const RawService::Place& place) {
    (new CollectCall(place, collected_))->expect();
  });
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
