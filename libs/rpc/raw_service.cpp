#include "libs/rpc/raw_service.h"

namespace marquee::rpc {

void OpenCalls::began() {
  std::lock_guard lock(mutex_);
  ++count_;
}

void OpenCalls::ended() {
  std::lock_guard lock(mutex_);
  // Under the lock: whoever waits may destroy this as soon as it is released.
  if (--count_ == 0) none_.notify_all();
}

void OpenCalls::wait_for_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return count_ == 0; });
}

void RawService::add(const std::string& path, grpc::internal::RpcMethod::RpcType type,
                     Expect expect) {
  methods_.push_back(std::make_unique<Method>(Method{path, std::move(expect)}));
  AddMethod(new grpc::internal::RpcServiceMethod(methods_.back()->path.c_str(), type, nullptr));
  MarkMethodAsync(static_cast<int>(methods_.size()) - 1);
}

void RawService::listen(const std::vector<grpc::ServerCompletionQueue*>& queues, OpenCalls& open) {
  for (auto* queue : queues) {
    for (std::size_t i = 0; i < methods_.size(); ++i) {
      methods_[i]->expect(Place{*this, static_cast<int>(i), *queue, open});
    }
  }
}

void RawService::Place::request_unary(grpc::ServerContext& context, grpc::ByteBuffer& request,
                                      grpc::internal::ServerAsyncStreamingInterface& call,
                                      Tag& arrived) const {
  service.RequestAsyncUnary(method, &context, &request, &call, &queue, &queue, arrived.key());
}

void RawService::Place::request_server_stream(grpc::ServerContext& context,
                                              grpc::ByteBuffer& request,
                                              grpc::internal::ServerAsyncStreamingInterface& call,
                                              Tag& arrived) const {
  service.RequestAsyncServerStreaming(method, &context, &request, &call, &queue, &queue,
                                      arrived.key());
}

void RawService::Place::request_bidi_stream(grpc::ServerContext& context,
                                            grpc::internal::ServerAsyncStreamingInterface& call,
                                            Tag& arrived) const {
  service.RequestAsyncBidiStreaming(method, &context, &call, &queue, &queue, arrived.key());
}

void RawService::Place::expect_next() const {
  service.methods_[static_cast<std::size_t>(method)]->expect(*this);
}

}  // namespace marquee::rpc
