// A thread that does rounds of work: when it is woken, when the last round left something, and
// every so often for what other processes left. A round that throws is logged; the next one comes
// after the usual time. Owned by the part whose work it is, as its last member: it starts with the
// object and ends with it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace marquee::notification {

class Worker {
 public:
  // `round`: true when there is more to do at once. Of those that it is woken for, no two begin
  // within `gather`.
  Worker(std::string name, std::chrono::milliseconds every, std::function<bool()> round,
         std::chrono::milliseconds gather = {});
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread.
  void wake();

 private:
  void run();
  bool more();

  const std::string name_;
  const std::chrono::milliseconds every_;
  const std::function<bool()> round_;
  const std::chrono::milliseconds gather_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace marquee::notification
