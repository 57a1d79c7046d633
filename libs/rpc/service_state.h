// What all threads know of one service together: how many calls are in flight, and counters for
// metrics. Relaxed atomics; any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace marquee::rpc {

struct ServiceState {
  std::atomic<int> calls_in_flight{0};
  std::atomic<int> streams_open{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> ejections{0};
  std::atomic<std::uint64_t> reconnects{0};
};

inline void count(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace marquee::rpc
