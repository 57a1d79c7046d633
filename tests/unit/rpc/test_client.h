// The calling side in a test: a thread that owns Replicas, and calls that remember how they ended.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libs/rpc/loop.h"
#include "libs/rpc/replicas.h"
#include "libs/rpc/tls.h"

namespace marquee::rpc {

class TestLoop : public Loop {
 public:
  TestLoop();
  ~TestLoop() override;

  void post(std::function<void()> job) override;
  void wake_at(std::chrono::steady_clock::time_point time) override;
  void on_tick(std::function<void()> tick) { tick_ = std::move(tick); }
  // Runs `job` on the thread and waits for it.
  void run(const std::function<void()>& job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::optional<std::chrono::steady_clock::time_point> wake_at_;  // the thread's own
  std::function<void()> tick_;
  std::thread thread_;
};

class TestCall final : public ClientCall {
 public:
  TestCall(std::string content, std::chrono::milliseconds patience);

  void answered(Answer&& answer) override;
  void received(std::vector<std::string>&& replies) override;
  // False when it takes more than 60 s.
  bool wait();
  bool ended() const;
  int answers() const;
  // What a streamed call has received so far.
  std::vector<std::string> replies() const;
  // Those that came after the answer.
  int late_replies() const;
  // False when it takes more than 60 s.
  bool wait_replies(std::size_t count);
  // After wait().
  const Answer& answer() const { return answer_; }
  // Run on the owning thread when the answer has come, or replies have.
  std::function<void(TestCall&)> then;
  std::function<void(TestCall&, std::size_t bytes)> and_then;

  const std::string content;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int answers_ = 0;
  Answer answer_;
  std::vector<std::string> replies_;
  int late_replies_ = 0;
};

class TestClient {
 public:
  struct Options {
    int calls_max = 1'024;
    unsigned seed = 1;
    TlsFiles tls;
    std::string host = "localhost";
    std::shared_ptr<ServiceState> service;  // null: one of its own
  };

  explicit TestClient(const std::vector<int>& ports) : TestClient(ports, Options()) {}
  TestClient(const std::vector<int>& ports, const Options& options);
  ~TestClient();

  void set_ports(const std::vector<int>& ports);
  std::shared_ptr<TestCall> start(const std::string& payload,
                                  std::chrono::milliseconds patience = std::chrono::seconds(10),
                                  bool retry = false);
  void cancel(const std::shared_ptr<TestCall>& call);
  // For the owning thread.
  void start_here(const std::shared_ptr<TestCall>& call);
  void cancel_here(TestCall& call) { replicas_->cancel(call); }
  void taken_here(TestCall& call, std::size_t bytes) { replicas_->taken(call, bytes); }
  void stop();
  // Waits until a stream is open to each port (within 60 s).
  bool wait_open(int streams);

  ServiceState& service() { return *service_; }
  TestLoop& loop() { return loop_; }

 private:
  const std::string host_;
  std::shared_ptr<ServiceState> service_;
  std::shared_ptr<LiveCalls> live_ = std::make_shared<LiveCalls>();
  TestLoop loop_;
  std::unique_ptr<Replicas> replicas_;
  std::vector<std::shared_ptr<TestCall>> started_;  // kept to their end even when a test is not
};

}  // namespace marquee::rpc
