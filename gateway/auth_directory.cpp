#include "gateway/auth_directory.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "gateway/upstream.h"
#include "libs/core/log.h"
#include "libs/rpc/caller.h"
#include "marquee/api/bus.pb.h"
#include "marquee/auth/v1/sessions.pb.h"

namespace marquee::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstReadRetry{250};
constexpr milliseconds kKeysReadSpacing{1'000};
constexpr milliseconds kKeysReadEvery{5 * 60'000};
constexpr milliseconds kRevocationsReadEvery{30'000};
// Longer than the auth service can go unread without the gateway turning unready.
constexpr std::chrono::hours kFirstHandMemory{12};
constexpr milliseconds kCallPatience{3'000};
constexpr int kWaitingMax = 1'000;

template <typename Request>
UpstreamCall make_call(const char* path, const Request& request) {
  UpstreamCall call(path, request.SerializeAsString(),
                    std::chrono::steady_clock::now() + kCallPatience);
  call.caller = rpc::encode_caller(rpc::Caller::service());
  call.retry = true;
  call.importance = Admission::Importance::kHigh;
  return call;
}

WallTime to_time(const google::protobuf::Timestamp& stamp) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(
      std::chrono::seconds(stamp.seconds()) + std::chrono::nanoseconds(stamp.nanos())));
}

}  // namespace

AuthDirectory::AuthDirectory(net::any_io_executor executor, Upstream& auth)
    : executor_(std::move(executor)),
      auth_(auth),
      keys_timer_(executor_),
      revocations_timer_(executor_) {}

void AuthDirectory::start() {
  net::co_spawn(executor_, follow_keys(), net::detached);
  net::co_spawn(executor_, follow_revocations(), net::detached);
}

void AuthDirectory::stop() {
  stopping_ = true;
  net::post(executor_, [this] {
    keys_timer_.cancel();
    revocations_timer_.cancel();
  });
}

bool AuthDirectory::ready() const {
  return revocations_read_ && keys_generation() != 0;
}

AuthDirectory::Keys AuthDirectory::keys() const {
  std::lock_guard lock(keys_mutex_);
  return keys_;
}

net::awaitable<void> AuthDirectory::read_keys_again() {
  std::shared_ptr<OneShot> read;
  {
    std::lock_guard lock(keys_mutex_);
    if (stopping_ || waiting_ >= kWaitingMax) co_return;
    if (!next_read_) next_read_ = std::make_shared<OneShot>();
    read = next_read_;
    ++waiting_;
  }
  net::post(executor_, [this] { keys_timer_.cancel(); });
  co_await read->wait();
}

net::awaitable<void> AuthDirectory::pause(net::steady_timer& timer, milliseconds time) {
  if (stopping_) co_return;
  timer.expires_after(time);
  boost::system::error_code ignored;
  co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
}

net::awaitable<void> AuthDirectory::follow_keys() {
  while (!stopping_) {
    std::shared_ptr<OneShot> served;
    {
      std::lock_guard lock(keys_mutex_);
      served = std::move(next_read_);
      next_read_.reset();
      waiting_ = 0;
    }
    bool read = co_await read_keys();
    auto read_at = std::chrono::steady_clock::now();
    if (served) served->set();
    // A wake-up may come at any time; it shortens the pause, but not below the spacing.
    milliseconds target = read ? kKeysReadEvery : kFirstReadRetry;
    while (!stopping_) {
      bool wanted = false;
      {
        std::lock_guard lock(keys_mutex_);
        wanted = next_read_ != nullptr;
      }
      milliseconds wait = wanted ? std::min(target, kKeysReadSpacing) : target;
      auto left = time_left(read_at + wait);
      if (left.count() == 0) break;
      co_await pause(keys_timer_, left);
    }
  }
  std::shared_ptr<OneShot> left_waiting;
  {
    std::lock_guard lock(keys_mutex_);
    left_waiting = std::move(next_read_);
    next_read_.reset();
  }
  if (left_waiting) left_waiting->set();
}

net::awaitable<bool> AuthDirectory::read_keys() {
  UpstreamCall call = make_call("/marquee.auth.v1.Keys/GetJwks", google::protobuf::Empty());
  UpstreamReply reply = co_await auth_.call(std::move(call));
  marquee::auth::v1::Jwks jwks;
  if (!reply.ok() || !jwks.ParseFromString(reply.payload)) {
    log::debug("cannot read the token keys", {{"code", code_name(reply.code)}});
    co_return false;
  }
  co_return take_keys(jwks.document());
}

bool AuthDirectory::take_keys(const std::string& jwks) {
  {
    std::lock_guard lock(keys_mutex_);
    if (keys_.verifier && jwks == document_) return true;
  }
  std::shared_ptr<const identity::Verifier> verifier;
  try {
    verifier = std::make_shared<const identity::Verifier>(jwks);
  } catch (const std::invalid_argument& error) {
    log::error("the token keys are unusable", {{"error", error.what()}});
    return false;
  }
  std::lock_guard lock(keys_mutex_);
  keys_.verifier = std::move(verifier);
  ++keys_.generation;
  document_ = jwks;
  keys_generation_.store(keys_.generation, std::memory_order_release);
  return true;
}

bool AuthDirectory::learn(const std::string& jwks) {
  if (!take_keys(jwks)) return false;
  revocations_read_ = true;
  return true;
}

net::awaitable<void> AuthDirectory::follow_revocations() {
  while (!stopping_) {
    bool read = co_await read_revocations();
    if (read) revocations_read_ = true;
    forget_expired();
    auto wait = read ? kRevocationsReadEvery : kFirstReadRetry;
    co_await pause(revocations_timer_, wait);
  }
}

net::awaitable<bool> AuthDirectory::read_revocations() {
  for (bool more = true; more && !stopping_;) {
    marquee::auth::v1::ListRevokedRequest request;
    if (since_seconds_ != 0) {
      request.mutable_since()->set_seconds(since_seconds_);
      request.mutable_since()->set_nanos(since_nanos_);
    }
    UpstreamCall call = make_call("/marquee.auth.v1.Sessions/ListRevoked", request);
    UpstreamReply reply = co_await auth_.call(std::move(call));
    marquee::auth::v1::ListRevokedReply list;
    if (!reply.ok() || !list.ParseFromString(reply.payload)) {
      log::debug("cannot read the revoked sessions", {{"code", code_name(reply.code)}});
      co_return false;
    }
    for (const auto& session : list.sessions()) {
      remember(session.id(), to_time(session.forget_at()));
    }
    if (list.has_until()) {
      since_seconds_ = list.until().seconds();
      since_nanos_ = list.until().nanos();
    }
    more = list.more() && list.has_until();
  }
  co_return true;
}

bool AuthDirectory::is_revoked(std::string_view session_id) const {
  std::shared_lock lock(revoked_mutex_);
  return revoked_.contains(session_id);
}

void AuthDirectory::revoke(std::string_view payload) {
  marquee::api::SessionsRevoked message;
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return;
  for (const auto& session : message.sessions()) {
    remember(session.id(), to_time(session.forget_at()));
  }
}

void AuthDirectory::read_revocations_again() {
  net::post(executor_, [this] { revocations_timer_.cancel(); });
}

void AuthDirectory::revoke_session(const std::string& session_id) {
  remember(session_id, std::chrono::system_clock::now() + kFirstHandMemory);
}

void AuthDirectory::remember(std::string session_id, WallTime forget_at) {
  std::unique_lock lock(revoked_mutex_);
  auto [known, added] = revoked_.try_emplace(std::move(session_id), forget_at);
  known->second = std::max(known->second, forget_at);
  if (added) revocations_generation_.fetch_add(1, std::memory_order_acq_rel);
}

void AuthDirectory::forget_expired() {
  WallTime now = std::chrono::system_clock::now();
  std::unique_lock lock(revoked_mutex_);
  std::erase_if(revoked_, [now](const auto& entry) { return entry.second < now; });
}

}  // namespace marquee::gateway
