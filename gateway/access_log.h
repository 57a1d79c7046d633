// The access log: one JSON line an answered request, in the form of libs/core/log. Each I/O thread
// puts its lines into a ring of its own, without a lock; a thread of the log's takes them out and
// writes them, many at a time. So a slow reader of the log delays no request: what does not fit is
// dropped, and how many lines were dropped is said.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/exchange.h"

namespace marquee::gateway {

class AccessLog {
 public:
  using Write = std::function<void(std::string_view lines)>;

  // `write` takes whole lines without the last end of line, on the log's own thread.
  AccessLog(std::size_t cores, Write write);
  // Writes what is left. The I/O threads have ended.
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // On an I/O thread.
  void add(const Exchange& x, std::chrono::nanoseconds time);
  // Lines dropped so far, of which the log has told. Any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::chrono::milliseconds kWriteEvery{100};
  static constexpr std::size_t kRingBytes = 512 * 1024;

  struct Core;
  void run();
  void write_what_is_there(std::string& lines);

  const Write write_;
  std::vector<std::unique_ptr<Core>> cores_;
  std::mutex mutex_;  // the writer's sleep, nothing else
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> dropped_{0};
  std::thread thread_;
};

}  // namespace marquee::gateway
