#include "tests/unit/rpc/test_client.h"

#include <future>

#include "libs/rpc/channel_credentials.h"
#include "libs/testing/process.h"

namespace marquee::rpc {
namespace {

constexpr std::chrono::seconds kPatience{60};

}  // namespace

TestLoop::TestLoop() : thread_([this] { work(); }) {}

TestLoop::~TestLoop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void TestLoop::post(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void TestLoop::wake_at(std::chrono::steady_clock::time_point time) {
  wake_at_ = time;
}

void TestLoop::run(const std::function<void()>& job) {
  std::promise<void> done;
  post([&] {
    job();
    done.set_value();
  });
  done.get_future().wait();
}

void TestLoop::work() {
  for (;;) {
    std::function<void()> job;
    bool due = false;
    {
      std::unique_lock lock(mutex_);
      auto ready = [this] { return stopping_ || !jobs_.empty(); };
      if (wake_at_) {
        changed_.wait_until(lock, *wake_at_, ready);
      } else {
        changed_.wait(lock, ready);
      }
      if (jobs_.empty() && stopping_) return;
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    due = wake_at_ && std::chrono::steady_clock::now() >= *wake_at_;
    if (job) job();
    if (due && tick_) {
      wake_at_.reset();
      tick_();
    }
  }
}

TestCall::TestCall(std::string text, std::chrono::milliseconds patience)
    : content(std::move(text)) {
  method = "/test.Echo/Echo";
  payload = content;
  caller = "-";
  request_id = "request-1";
  deadline = std::chrono::steady_clock::now() + patience;
}

void TestCall::answered(Answer&& answer) {
  {
    std::lock_guard lock(mutex_);
    ++answers_;
    answer_ = std::move(answer);
    changed_.notify_all();
  }
  if (then) then(*this);
}

void TestCall::received(std::vector<std::string>&& replies) {
  std::size_t bytes = 0;
  {
    std::lock_guard lock(mutex_);
    if (answers_ > 0) ++late_replies_;
    for (auto& reply : replies) {
      bytes += reply.size();
      replies_.push_back(std::move(reply));
    }
    changed_.notify_all();
  }
  if (and_then) and_then(*this, bytes);
}

std::vector<std::string> TestCall::replies() const {
  std::lock_guard lock(mutex_);
  return replies_;
}

int TestCall::late_replies() const {
  std::lock_guard lock(mutex_);
  return late_replies_;
}

bool TestCall::wait_replies(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return replies_.size() >= count; });
}

bool TestCall::wait() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this] { return answers_ > 0; });
}

bool TestCall::ended() const {
  return answers() > 0;
}

int TestCall::answers() const {
  std::lock_guard lock(mutex_);
  return answers_;
}

TestClient::TestClient(const std::vector<int>& ports, const Options& options)
    : host_(options.host),
      service_(options.service ? options.service : std::make_shared<ServiceState>()) {
  Replicas::Options wanted;
  wanted.credentials = channel_credentials(options.tls);
  wanted.calls_max = options.calls_max;
  wanted.seed = options.seed;
  replicas_ = std::make_unique<Replicas>(loop_, *service_, live_, wanted);
  loop_.run([this] { loop_.on_tick([this] { replicas_->tick(); }); });
  set_ports(ports);
}

TestClient::~TestClient() {
  stop();
  live_->end(std::chrono::seconds(1));
  loop_.run([this] {
    loop_.on_tick(nullptr);
    replicas_.reset();
  });
}

void TestClient::set_ports(const std::vector<int>& ports) {
  std::vector<Endpoint> endpoints;
  for (int port : ports) endpoints.push_back({"127.0.0.1:" + std::to_string(port), host_});
  loop_.run([&] { replicas_->set_endpoints(endpoints); });
}

std::shared_ptr<TestCall> TestClient::start(const std::string& payload,
                                            std::chrono::milliseconds patience, bool retry) {
  auto call = std::make_shared<TestCall>(payload, patience);
  call->retry = retry;
  loop_.run([&] { start_here(call); });
  return call;
}

void TestClient::start_here(const std::shared_ptr<TestCall>& call) {
  started_.push_back(call);
  replicas_->start(*call);
}

void TestClient::cancel(const std::shared_ptr<TestCall>& call) {
  loop_.run([&] { replicas_->cancel(*call); });
}

void TestClient::stop() {
  loop_.run([this] { replicas_->stop(); });
}

bool TestClient::wait_open(int streams) {
  return testing::eventually([&] { return service_->streams_open.load() == streams; }, kPatience);
}

}  // namespace marquee::rpc
