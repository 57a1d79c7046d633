#include "libs/rpc/poller.h"

#include <pthread.h>

#include "libs/rpc/tag.h"

namespace marquee::rpc {
namespace {

constexpr std::size_t kCoresPerQueue = 8;

std::vector<Poller::Queue> make_queues() {
  std::vector<Poller::Queue> queues;
  for (std::size_t i = 0; i < Poller::queues_wanted(); ++i) {
    queues.push_back(std::make_unique<grpc::CompletionQueue>());
  }
  return queues;
}

void drain(grpc::CompletionQueue& queue) {
  void* key = nullptr;
  bool ok = false;
  while (queue.Next(&key, &ok)) Tag::of(key)->done(ok);
}

}  // namespace

std::size_t Poller::queues_wanted() {
  return 1 + std::thread::hardware_concurrency() / kCoresPerQueue;
}

Poller::Poller() : Poller(make_queues()) {}

Poller::Poller(std::vector<Queue> queues) : queues_(std::move(queues)) {
  for (const auto& queue : queues_) {
    threads_.emplace_back([target = queue.get()] { drain(*target); });
    pthread_setname_np(threads_.back().native_handle(), "rpc-poller");
  }
}

Poller::~Poller() {
  for (const auto& queue : queues_) queue->Shutdown();
  for (auto& thread : threads_) thread.join();
}

grpc::CompletionQueue& Poller::queue() {
  return *queues_[turn_.fetch_add(1, std::memory_order_relaxed) % queues_.size()];
}

}  // namespace marquee::rpc
