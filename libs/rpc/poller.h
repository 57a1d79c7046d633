// The threads that wait for gRPC: each drains one completion queue and does its tags (tag.h). One
// thread on most machines, because gRPC's pollers wake each other in turn; gRPC's own threads for
// its callback API do so with every event, which is why nothing here uses it. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <grpcpp/completion_queue.h>

namespace marquee::rpc {

class Poller {
 public:
  using Queue = std::unique_ptr<grpc::CompletionQueue>;

  // As many queues as this machine needs.
  Poller();
  // One thread for each of `queues`, at least one.
  explicit Poller(std::vector<Queue> queues);
  // Waits for all operations of the queues: whatever could start another must have ended. Not on
  // its own threads.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  static std::size_t queues_wanted();

  // For the next call: they take turns.
  grpc::CompletionQueue& queue();

 private:
  const std::vector<Queue> queues_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace marquee::rpc
