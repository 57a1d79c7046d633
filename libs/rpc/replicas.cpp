#include "libs/rpc/replicas.h"

#include <algorithm>

namespace marquee::rpc {
namespace {

constexpr std::chrono::milliseconds kTickEvery{250};
constexpr int kAttemptsMax = 3;
constexpr std::uint32_t kOverloadRetryMs = 1'000;
// Loads closer than this are the same: a quiet service's replicas share what little there is.
constexpr double kClearlyLess = 0.75;

Answer failure(Code code, std::string message) {
  Answer answer;
  answer.code = code;
  answer.message = std::move(message);
  return answer;
}

Answer overloaded() {
  Answer answer = failure(Code::kUnavailable, "too many calls in flight");
  answer.reason = "overloaded";
  answer.retry_after_ms = kOverloadRetryMs;
  return answer;
}

}  // namespace

Replicas::Replicas(Loop& loop, ServiceState& service, std::shared_ptr<LiveCalls> live,
                   Options options)
    : loop_(loop),
      service_(service),
      options_(std::move(options)),
      random_(options_.seed),
      around_{loop, std::move(live), options_.credentials, service, random_, *this},
      deadlines_(std::chrono::steady_clock::now()),
      budget_(std::chrono::steady_clock::now()) {}

Replicas::~Replicas() {
  stop();
}

void Replicas::set_endpoints(std::vector<Endpoint> endpoints) {
  if (stopped_) return;
  const Time now = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Replica>> kept;
  for (auto& replica : replicas_) {
    auto same = [&](const Endpoint& endpoint) { return endpoint.address == replica->address(); };
    auto found = std::find_if(endpoints.begin(), endpoints.end(), same);
    if (found == endpoints.end()) {
      retired_.push_back(std::move(replica));
    } else {
      endpoints.erase(found);
      kept.push_back(std::move(replica));
    }
  }
  replicas_ = std::move(kept);
  for (auto& endpoint : endpoints) {
    replicas_.push_back(std::make_unique<Replica>(std::move(endpoint), around_, now));
  }
  for (const auto& replica : retired_) replica->retire();
  plan_tick(now);
}

void Replicas::start(ClientCall& call) {
  call.place = ClientCall::Place();
  call.place.call = &call;
  const int in_flight = service_.calls_in_flight.fetch_add(1, std::memory_order_relaxed);
  if (stopped_) {
    finish(call, failure(Code::kCancelled, "shutting down"));
    return;
  }
  if (in_flight >= options_.calls_max) {
    finish(call, overloaded());
    return;
  }
  const Time now = std::chrono::steady_clock::now();
  if (call.deadline <= now) {
    finish(call, failure(Code::kDeadlineExceeded, "no time left"));
    return;
  }
  budget_.call_made();
  deadlines_.add(call.place, call.deadline);
  if (call.deadline < tick_at_) tick_needed(deadlines_.next_look(tick_at_));
  dispatch(call, now);
}

void Replicas::dispatch(ClientCall& call, Time now) {
  if (Replica* replica = pick(call, now)) {
    ++call.place.attempts;
    call.place.tried = replica;
    replica->start(call, now);
    return;
  }
  const bool full = std::any_of(replicas_.begin(), replicas_.end(),
                                [](const auto& replica) { return replica->full(); });
  finish(call, full ? overloaded() : failure(Code::kUnavailable, "no replica can be reached"));
}

Replica* Replicas::pick(const ClientCall& call, Time now) {
  if (call.place.attempts == 0) {
    if (Replica* replica = pick_of_two(now)) return replica;
  } else if (Replica* other = pick_with_care(call.place.tried, now)) {
    return other;
  }
  return pick_with_care(nullptr, now);
}

// Null when one of them is not well: then all are looked at.
Replica* Replicas::pick_of_two(Time now) {
  constexpr int kWell = 3;
  if (replicas_.empty()) return nullptr;
  const std::size_t first = random_() % replicas_.size();
  Replica& a = *replicas_[first];
  if (a.willingness(now) < kWell) return nullptr;
  if (replicas_.size() == 1) return &a;
  const std::size_t step = 1 + random_() % (replicas_.size() - 1);
  Replica& b = *replicas_[(first + step) % replicas_.size()];
  return b.willingness(now) < kWell ? nullptr : less_loaded(a, b, now);
}

Replica* Replicas::pick_with_care(const Replica* but, Time now) {
  Replica* best = nullptr;
  int best_willingness = 0;
  const std::size_t size = replicas_.size();
  const std::size_t first = size == 0 ? 0 : random_() % size;
  for (std::size_t i = 0; i < size; ++i) {
    Replica& replica = *replicas_[(first + i) % size];
    const int willingness = replica.willingness(now);
    if (willingness == 0 || willingness < best_willingness || &replica == but) continue;
    best = willingness > best_willingness ? &replica : less_loaded(*best, replica, now);
    best_willingness = willingness;
  }
  return best;
}

Replica* Replicas::less_loaded(Replica& a, Replica& b, Time now) {
  return b.load(now) < a.load(now) * kClearlyLess ? &b : &a;
}

void Replicas::call_ended(ClientCall& call, Answer&& answer) {
  const bool worth_it = answer.code == Code::kUnavailable && answer.retry_after_ms == 0 &&
                        call.retry && !call.place.retried && !call.place.begun && !stopped_;
  if (worth_it) {
    const Time now = std::chrono::steady_clock::now();
    if (now < call.deadline && budget_.take(now)) {
      count(service_.retries);
      call.place.retried = true;
      dispatch(call, now);
      return;
    }
  }
  finish(call, std::move(answer));
}

// Not a retry: nobody has worked for it yet.
void Replicas::call_unsent(ClientCall& call) {
  if (call.place.attempts < kAttemptsMax && !stopped_) {
    dispatch(call, std::chrono::steady_clock::now());
    return;
  }
  finish(call, failure(Code::kUnavailable, "no replica could be reached"));
}

void Replicas::finish(ClientCall& call, Answer&& answer) {
  DeadlineWheel::remove(call.place);
  call.place.call = nullptr;
  service_.calls_in_flight.fetch_sub(1, std::memory_order_relaxed);
  call.answered(std::move(answer));
}

void Replicas::taken(ClientCall& call, std::size_t bytes) {
  if (call.place.replica != nullptr) call.place.replica->taken(call, bytes);
}

void Replicas::cancel(ClientCall& call) {
  if (call.place.call == nullptr) return;
  if (call.place.replica != nullptr) call.place.replica->drop(call);
  finish(call, failure(Code::kCancelled, "cancelled"));
}

void Replicas::tick() {
  if (stopped_) return;
  const Time now = std::chrono::steady_clock::now();
  while (auto* due = deadlines_.take_due(now)) {
    ClientCall& call = *static_cast<ClientCall::Place*>(due)->call;
    if (call.place.replica != nullptr) call.place.replica->drop_late(call, now);
    finish(call, failure(Code::kDeadlineExceeded, "the deadline has passed"));
  }
  if (stopped_) return;
  for (const auto& replica : replicas_) replica->tick(now);
  for (const auto& replica : retired_) replica->tick(now);
  std::erase_if(retired_, [](const auto& replica) { return replica->gone(); });
  around_.live->bury();
  plan_tick(now);
}

void Replicas::plan_tick(Time now) {
  Time next = deadlines_.next_look(now + kTickEvery);
  for (const auto& replica : replicas_) next = replica->next_tick(next);
  tick_at_ = next;
  loop_.wake_at(next);
}

void Replicas::tick_needed(Time at) {
  if (at >= tick_at_) return;
  tick_at_ = at;
  loop_.wake_at(at);
}

void Replicas::stop() {
  if (std::exchange(stopped_, true)) return;
  drop_all_calls();
  for (const auto& replica : replicas_) replica->leave();
  for (const auto& replica : retired_) replica->leave();
}

void Replicas::drop_all_calls() {
  constexpr auto kFarAway = std::chrono::hours(24 * 365);
  while (auto* left = deadlines_.take_due(std::chrono::steady_clock::now() + kFarAway)) {
    cancel(*static_cast<ClientCall::Place*>(left)->call);
  }
}

}  // namespace marquee::rpc
