#include "gateway/upstream.h"

#include <optional>

#include <boost/asio/steady_timer.hpp>

#include "gateway/io_threads.h"
#include "gateway/per_core.h"
#include "gateway/upstream_metrics.h"
#include "gateway/waiter.h"
#include "libs/rpc/channel_credentials.h"
#include "libs/rpc/live_calls.h"
#include "libs/rpc/replicas.h"

namespace marquee::gateway {
namespace {

// For streams to end by themselves when the gateway does.
constexpr std::chrono::milliseconds kGoodbyePatience{500};
constexpr std::uint32_t kOverloadRetryMs = 1'000;

void describe(rpc::ClientCall& to, const UpstreamCall& call) {
  to.method = call.path;
  to.payload = call.payload;
  to.caller = call.caller;
  to.request_id = call.request_id;
  to.traceparent = call.traceparent;
  to.deadline = call.deadline.at();
  to.fresh = call.fresh;
  to.retry = call.retry;
}

// Lives in the frame of the coroutine that makes the call.
class PendingCall final : public rpc::ClientCall {
 public:
  explicit PendingCall(const UpstreamCall& call) { describe(*this, call); }

  // Nothing of this is touched after the coroutine goes on.
  void answered(rpc::Answer&& answer) override {
    answer_.emplace(std::move(answer));
    if (answer_->code == Code::kCancelled) {
      // Whoever cancels is in the middle of something else.
      waiter_.resume_later();
    } else {
      waiter_.resume();
    }
  }

  bool ended() const { return answer_.has_value(); }
  rpc::Answer take() { return std::move(*answer_); }
  net::awaitable<void> wait() {
    if (!ended()) co_await waiter_.wait();
  }

 private:
  std::optional<rpc::Answer> answer_;
  Waiter waiter_;
};

rpc::Answer overloaded() {
  rpc::Answer answer;
  answer.code = Code::kUnavailable;
  answer.message = "the service is overloaded";
  answer.reason = "overloaded";
  answer.retry_after_ms = kOverloadRetryMs;
  return answer;
}

// Who refuses or is not there is quick without having worked; a client that left measures nothing.
bool says_how_fast(Code code) {
  return code != Code::kUnavailable && code != Code::kCancelled;
}

}  // namespace

class Upstream::PerThread final : public rpc::Loop {
 public:
  PerThread(net::io_context& context, rpc::ServiceState& state,
            std::shared_ptr<rpc::LiveCalls> live, const rpc::Replicas::Options& options,
            int calls_max)
      : admission(calls_max),
        context_(context),
        timer_(context),
        state_(state),
        replicas_(*this, state, std::move(live), options) {}

  void count_in(std::unique_ptr<UpstreamMetrics> metrics) { metrics_ = std::move(metrics); }

  void post(std::function<void()> job) override { net::post(context_, std::move(job)); }

  void wake_at(std::chrono::steady_clock::time_point time) override {
    timer_.expires_at(time);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      replicas_.tick();
      if (metrics_) metrics_->update(state_);
    });
  }

  void stop() {
    replicas_.stop();
    timer_.cancel();
  }

  rpc::Replicas& replicas() { return replicas_; }

  Admission admission;

 private:
  net::io_context& context_;
  net::steady_timer timer_;
  const rpc::ServiceState& state_;
  std::unique_ptr<UpstreamMetrics> metrics_;  // of the first thread
  rpc::Replicas replicas_;
};

Upstream::Upstream(UpstreamAddress address, IoThreads& threads, const Options& options)
    : name_(std::move(address.name)), live_(std::make_shared<rpc::LiveCalls>(options.poller)) {
  rpc::Replicas::Options wanted;
  wanted.credentials = rpc::channel_credentials(options.tls);
  wanted.calls_max = options.inflight_max;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    wanted.seed = static_cast<unsigned>(i + 1);
    per_thread_.push_back(std::make_unique<PerThread>(threads.context(i), state_, live_, wanted,
                                                      options.inflight_max));
  }
  if (options.registry) {
    per_thread_[0]->count_in(std::make_unique<UpstreamMetrics>(*options.registry, name_));
  }
  names_ = std::make_unique<rpc::ReplicaNames>(
      address.addresses,
      [this](const std::vector<rpc::Endpoint>& endpoints) { set_endpoints(endpoints); },
      options.lookup);
}

Upstream::~Upstream() {
  names_.reset();
  for (const auto& own : per_thread_) own->stop();
  live_->end(kGoodbyePatience);
}

void Upstream::set_endpoints(const std::vector<rpc::Endpoint>& endpoints) {
  for (const auto& own : per_thread_) {
    own->post([target = own.get(), endpoints] { target->replicas().set_endpoints(endpoints); });
  }
}

void Upstream::cancel_all() {
  for (const auto& own : per_thread_) {
    own->post([target = own.get()] { target->stop(); });
  }
}

net::awaitable<UpstreamReply> Upstream::call(UpstreamCall call) {
  PerThread& own = *per_thread_[this_core()];
  rpc::Replicas& replicas = own.replicas();
  PendingCall pending(call);
  const auto began = std::chrono::steady_clock::now();
  UpstreamReply reply;
  if (!own.admission.admit(call.importance, began)) {
    static_cast<rpc::Answer&>(reply) = overloaded();
    co_return reply;
  }
  replicas.start(pending);
  if (!pending.ended()) {
    if (call.abort != nullptr) {
      call.abort->set_hook([&replicas, &pending] { replicas.cancel(pending); });
    }
    co_await pending.wait();
    if (call.abort != nullptr) call.abort->set_hook(nullptr);
  }
  static_cast<rpc::Answer&>(reply) = pending.take();
  const auto now = std::chrono::steady_clock::now();
  own.admission.ended(says_how_fast(reply.code), now - began, now);
  co_return reply;
}

class Upstream::OpenReplies final : public UpstreamReplies, private rpc::ClientCall {
 public:
  OpenReplies(PerThread& own, UpstreamCall call)
      : own_(own), call_(std::move(call)), began_(std::chrono::steady_clock::now()) {
    describe(*this, call_);
    streamed = true;
    if (!own_.admission.admit(call_.importance, began_)) {
      end_.emplace(overloaded());
      return;
    }
    admitted_ = true;
    own_.replicas().start(*this);
    if (call_.abort != nullptr && !end_) {
      call_.abort->set_hook([this] { cancel(); });
    }
  }

  ~OpenReplies() override {
    if (call_.abort != nullptr) call_.abort->set_hook(nullptr);
    cancel();
  }

  net::awaitable<std::vector<std::string>> next() override {
    own_.replicas().taken(*this, std::exchange(lent_bytes_, 0));
    if (replies_.empty() && !end_) co_await waiter_.wait();
    std::vector<std::string> replies = std::exchange(replies_, {});
    for (const auto& reply : replies) lent_bytes_ += reply.size();
    co_return replies;
  }

  const rpc::Answer& end() const override { return *end_; }

 private:
  void cancel() {
    if (!end_) own_.replicas().cancel(*this);
  }

  void received(std::vector<std::string>&& replies) override {
    measure(Code::kOk);
    if (replies_.empty()) {
      replies_ = std::move(replies);
    } else {
      for (auto& reply : replies) replies_.push_back(std::move(reply));
    }
    waiter_.resume();
  }

  void answered(rpc::Answer&& answer) override {
    measure(answer.code);
    end_.emplace(std::move(answer));
    if (end_->code == Code::kCancelled) {
      waiter_.resume_later();
    } else {
      waiter_.resume();
    }
  }

  // By what comes first: how long the rest takes is up to its reader.
  void measure(Code code) {
    if (!std::exchange(admitted_, false)) return;
    const auto now = std::chrono::steady_clock::now();
    own_.admission.ended(says_how_fast(code), now - began_, now);
  }

  PerThread& own_;
  const UpstreamCall call_;
  const std::chrono::steady_clock::time_point began_;
  bool admitted_ = false;  // and not measured
  std::vector<std::string> replies_;
  std::size_t lent_bytes_ = 0;  // of what the reader has
  std::optional<rpc::Answer> end_;
  Waiter waiter_;
};

std::unique_ptr<UpstreamReplies> Upstream::open(UpstreamCall call) {
  return std::make_unique<OpenReplies>(*per_thread_[this_core()], std::move(call));
}

}  // namespace marquee::gateway
