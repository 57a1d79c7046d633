#include "gateway/upstream.h"

#include <optional>
#include <type_traits>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/io_threads.h"
#include "gateway/per_core.h"
#include "gateway/upstream_metrics.h"
#include "libs/rpc/channel_credentials.h"
#include "libs/rpc/live_calls.h"
#include "libs/rpc/replicas.h"

namespace marquee::gateway {
namespace {

// For streams to end by themselves when the gateway does.
constexpr std::chrono::milliseconds kGoodbyePatience{500};
constexpr std::uint32_t kOverloadRetryMs = 1'000;

// A coroutine that waits for an answer.
class Waiting {
 public:
  virtual ~Waiting() = default;
  virtual void resume() = 0;
  virtual void resume_later() = 0;
};

template <typename Handler>
class WaitingHandler final : public Waiting {
 public:
  explicit WaitingHandler(Handler&& handler) : handler_(std::move(handler)) {}
  void resume() override {
    Handler handler = std::move(handler_);
    handler();
  }
  void resume_later() override {
    auto executor = net::get_associated_executor(handler_);
    net::post(executor, std::move(handler_));
  }

 private:
  Handler handler_;
};

// Lives in the frame of the coroutine that makes the call.
class PendingCall final : public rpc::ClientCall {
 public:
  explicit PendingCall(const UpstreamCall& call) {
    method = call.path;
    payload = call.payload;
    caller = call.caller;
    request_id = call.request_id;
    traceparent = call.traceparent;
    deadline = call.deadline.at();
    fresh = call.fresh;
    retry = call.retry;
  }

  // Nothing of this is touched after the coroutine goes on.
  void answered(rpc::Answer&& answer) override {
    answer_.emplace(std::move(answer));
    auto waiting = std::move(waiting_);
    if (!waiting) return;
    if (answer_->code == Code::kCancelled) {
      // Whoever cancels is in the middle of something else.
      waiting->resume_later();
    } else {
      waiting->resume();
    }
  }

  bool ended() const { return answer_.has_value(); }
  rpc::Answer take() { return std::move(*answer_); }
  net::awaitable<void> wait();

 private:
  friend struct StartPending;
  std::optional<rpc::Answer> answer_;
  std::unique_ptr<Waiting> waiting_;
};

// Stateless, and given the call as an argument: g++ 12 frees captures of such objects twice.
struct StartPending {
  template <typename Handler>
  void operator()(Handler&& handler, PendingCall* call) const {
    using Stored = WaitingHandler<std::decay_t<Handler>>;
    call->waiting_ = std::make_unique<Stored>(std::forward<Handler>(handler));
  }
};

net::awaitable<void> PendingCall::wait() {
  if (ended()) co_return;
  co_await net::async_initiate<const net::use_awaitable_t<>, void()>(StartPending(),
                                                                     net::use_awaitable, this);
}

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

}  // namespace marquee::gateway
