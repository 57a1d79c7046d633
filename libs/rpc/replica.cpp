#include "libs/rpc/replica.h"

#include <algorithm>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "libs/rpc/client_streamed_call.h"
#include "libs/rpc/client_unary_call.h"

namespace marquee::rpc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kReconnectFirst{100};
constexpr milliseconds kReconnectMax{1'000};
constexpr int kReconnectDoublingsMax = 4;
// To connect, and to hear the server's Hello.
constexpr milliseconds kOpenPatience{3'000};
// A stream that lived shorter is a failed attempt.
constexpr milliseconds kLivedLong{1'000};
constexpr milliseconds kPingEvery{500};
constexpr milliseconds kFadeEvery{200};
constexpr milliseconds kPongPatience{1'000};
// Then the stream is given up for a new one.
constexpr milliseconds kSilencePatience{10'000};
// For a server to end a stream that this side has half-closed.
constexpr milliseconds kLeavePatience{2'000};
constexpr int kMessageBytesMax = 64 * 1024 * 1024;
// So that replicas without a past are compared by what is in flight alone.
constexpr double kLatencyFloorS = 0.0002;

std::shared_ptr<grpc::Channel> make_channel(const Endpoint& endpoint,
                                            const std::shared_ptr<grpc::ChannelCredentials>& how) {
  grpc::ChannelArguments arguments;
  // Each thread has a connection of its own, so that no lock of gRPC's is shared by two.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Also bounds one attempt to connect, so not as short as the first back-off.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetSslTargetNameOverride(endpoint.host);
  const bool v6 = !endpoint.address.empty() && endpoint.address.front() == '[';
  return grpc::CreateCustomChannel((v6 ? "ipv6:" : "ipv4:") + endpoint.address, how, arguments);
}

}  // namespace

Replica::Replica(Endpoint endpoint, Surroundings& around, Time now)
    : endpoint_(std::move(endpoint)), around_(around) {
  connect(now);
}

Replica::~Replica() {
  leave();
}

int Replica::willingness(Time now) const {
  if (!wanted_ || !stream_ || !stream_->has_room()) return 0;
  if (!stream_->opened()) return 1;
  return health_.ejected(now) ? 2 : 3;
}

double Replica::load(Time now) const {
  return std::max(health_.latency_s(), kLatencyFloorS) * static_cast<double>(in_flight_ + 1) /
         health_.weight(now);
}

void Replica::start(ClientCall& call, Time now) {
  ++in_flight_;
  call.place.replica = this;
  call.place.on_its_way = false;
  call.place.sent_at = now;
  if (call.streamed) {
    go_streamed(call);
  } else if (stream_->fits(call.payload.size())) {
    stream_->start(call);
  } else {
    go_unary(*stream_, call, {});
  }
}

void Replica::go_unary(const StreamClient& stream, ClientCall& call, std::string_view collect) {
  call.place.unary = ClientUnaryCall::start(
      stream.channel(), around_.loop, around_.live, call, collect,
      [this, &call](Answer&& answer) { call_ended(call, std::move(answer)); });
}

class Replica::StreamedEvents final : public ClientStreamedCall::Events {
 public:
  StreamedEvents(Replica& replica, ClientCall& call) : replica_(replica), call_(call) {}
  void on_replies(std::vector<std::string>&& replies) override {
    call_.place.begun = true;
    call_.received(std::move(replies));
  }
  void on_end(Answer&& answer) override { replica_.call_ended(call_, std::move(answer)); }

 private:
  Replica& replica_;
  ClientCall& call_;
};

void Replica::go_streamed(ClientCall& call) {
  call.place.streamed =
      ClientStreamedCall::start(stream_->channel(), around_.loop, around_.live, call,
                                std::make_unique<StreamedEvents>(*this, call));
}

void Replica::taken(ClientCall& call, std::size_t bytes) {
  if (call.place.streamed) call.place.streamed->taken(bytes);
}

void Replica::let_go(ClientCall& call) {
  --in_flight_;
  call.place.replica = nullptr;
  call.place.unary.reset();
  call.place.streamed.reset();
}

void Replica::drop(ClientCall& call) {
  if (call.place.unary) call.place.unary->abandon();
  if (call.place.streamed) call.place.streamed->abandon();
  if (call.place.stream != nullptr) call.place.stream->drop(call);
  let_go(call);
}

// How long a streamed call lasts is up to its reader, once it has begun.
void Replica::drop_late(ClientCall& call, Time now) {
  drop(call);
  if (!call.place.begun) failed(now);
}

void Replica::failed(Time now) {
  if (health_.call_failed(now)) count(around_.service.ejections);
}

void Replica::call_ended(ClientCall& call, Answer&& answer) {
  let_go(call);
  const Time now = std::chrono::steady_clock::now();
  const bool unreachable = answer.code == Code::kUnavailable && !answer.from_service;
  if (unreachable || answer.code == Code::kDeadlineExceeded) {
    failed(now);
  } else if (!call.streamed) {
    health_.call_succeeded(now - call.place.sent_at);
  }
  around_.owner.call_ended(call, std::move(answer));
}

// However many there are, the replica has failed once: see stream_closed().
void Replica::call_broken(ClientCall& call) {
  let_go(call);
  Answer answer;
  answer.code = Code::kUnavailable;
  answer.message = "the call stream broke";
  around_.owner.call_ended(call, std::move(answer));
}

void Replica::call_unsent(ClientCall& call) {
  let_go(call);
  around_.owner.call_unsent(call);
}

void Replica::call_collects(StreamClient& stream, ClientCall& call, std::string_view name) {
  go_unary(stream, call, name);
}

void Replica::connect(Time now) {
  connecting_since_ = now;
  opened_at_.reset();
  pinged_at_.reset();
  StreamClient::Listener& listener = *this;
  stream_ = std::make_shared<StreamClient>(make_channel(endpoint_, around_.credentials),
                                           around_.loop, around_.live, listener);
  stream_->open();
}

void Replica::connect_later(Time now) {
  const milliseconds most = std::min(kReconnectMax, kReconnectFirst * (1 << failed_connects_));
  failed_connects_ = std::min(failed_connects_ + 1, kReconnectDoublingsMax);
  std::uniform_int_distribution<std::int64_t> jitter(most.count() / 2, most.count());
  connect_at_ = now + milliseconds(jitter(around_.random));
  around_.owner.tick_needed(connect_at_);
}

void Replica::stream_opened(StreamClient& stream) {
  // Also one whose address vanished while it was being opened.
  around_.service.streams_open.fetch_add(1);
  if (&stream != stream_.get()) return;
  const Time now = std::chrono::steady_clock::now();
  opened_at_ = now;
  ping_at_ = now + kPingEvery;
  if (std::exchange(opened_before_, true)) count(around_.service.reconnects);
  health_.ping_answered(now);
}

void Replica::stream_draining(StreamClient& stream) {
  if (&stream != stream_.get()) return;
  const Time now = std::chrono::steady_clock::now();
  const bool lived = opened_at_ && now - *opened_at_ >= kLivedLong;
  older_.push_back(std::exchange(stream_, nullptr));
  if (lived) {
    failed_connects_ = 0;
    connect(now);
  } else {
    connect_later(now);
  }
}

void Replica::stream_closed(StreamClient& stream) {
  const Time now = std::chrono::steady_clock::now();
  if (stream.greeted()) around_.service.streams_open.fetch_sub(1);
  if (&stream != stream_.get()) {
    auto found = std::find_if(older_.begin(), older_.end(),
                              [&](const auto& other) { return other.get() == &stream; });
    if (found == older_.end()) return;
    ended_.push_back({std::move(*found), now});
    older_.erase(found);
    return;
  }
  ended_.push_back({std::exchange(stream_, nullptr), now});
  if (!wanted_) return;
  // One that was never reached has no calls to lose.
  if (stream.greeted()) failed(now);
  if (opened_at_ && now - *opened_at_ >= kLivedLong) {
    failed_connects_ = 0;
    connect(now);
  } else {
    connect_later(now);
  }
}

void Replica::stream_pong(StreamClient& stream, std::uint64_t value) {
  if (&stream != stream_.get() || value != pings_) return;
  pinged_at_.reset();
  ping_is_late_ = false;
  health_.ping_answered(std::chrono::steady_clock::now());
}

void Replica::retire() {
  wanted_ = false;
  if (!stream_) return;
  auto stream = std::exchange(stream_, nullptr);
  older_.push_back(stream);
  stream->retire();
}

bool Replica::gone() const {
  return !wanted_ && in_flight_ == 0 && !stream_ && older_.empty() && ended_.empty();
}

void Replica::leave() {
  wanted_ = false;
  if (stream_) older_.push_back(std::exchange(stream_, nullptr));
  const Time now = std::chrono::steady_clock::now();
  for (auto& stream : std::exchange(older_, {})) {
    if (stream->opened()) around_.service.streams_open.fetch_sub(1);
    stream->leave();
    ended_.push_back({std::move(stream), now});
  }
}

void Replica::tick(Time now) {
  std::erase_if(ended_, [&](const Ended& ended) { return now - ended.since >= kLeavePatience; });
  if (now >= fade_at_) {
    health_.fade();
    fade_at_ = now + kFadeEvery;
  }
  if (!wanted_) return;
  if (!stream_) {
    if (now >= connect_at_) connect(now);
  } else if (!stream_->opened()) {
    if (now - connecting_since_ >= kOpenPatience) stream_->break_off();
  } else {
    watch_ping(now);
  }
}

void Replica::watch_ping(Time now) {
  if (!pinged_at_) {
    if (now < ping_at_) return;
    pinged_at_ = now;
    ping_at_ = now + kPingEvery;
    stream_->ping(++pings_);
    return;
  }
  if (now - *pinged_at_ < kPongPatience) return;
  // When it was this thread that was late, the pong may lie in its queue: looked at once more.
  if (!std::exchange(ping_is_late_, true)) return;
  if (health_.ping_unanswered()) count(around_.service.ejections);
  if (now - *pinged_at_ >= kSilencePatience) stream_->break_off();
}

Replica::Time Replica::next_tick(Time limit) const {
  if (!wanted_) return limit;
  if (!stream_) return std::min(limit, connect_at_);
  if (pinged_at_ && !ping_is_late_) return std::min(limit, *pinged_at_ + kPongPatience);
  return limit;
}

}  // namespace marquee::rpc
