#include "libs/presence/keeper.h"

#include "libs/core/log.h"
#include "libs/presence/reporter.h"

namespace marquee::presence {
namespace {

// Nobody is asked before the server knows that we listen.
constexpr int kFlushMs = 1'000;

}  // namespace

// Shared with the bus's reconnect handler, which cannot be taken back and may outlive the keeper.
struct Keeper::State {
  explicit State(BookSettings settings) : book(std::move(settings)) {}

  std::mutex mutex;
  std::condition_variable changed;
  PresenceBook book;
  bool asks_all = true;
  bool has_news = false;
  bool closing = false;
};

Keeper::Keeper(bus::Bus& bus, BookSettings settings, OnChanges on_changes)
    : bus_(bus),
      on_changes_(std::move(on_changes)),
      state_(std::make_shared<State>(std::move(settings))) {
  bus_.on_reconnect([weak = std::weak_ptr<State>(state_)] {
    auto state = weak.lock();
    if (!state) return;
    std::lock_guard lock(state->mutex);
    state->asks_all = true;
    state->changed.notify_all();
  });
  reports_ = bus_.subscribe(kReportSubject, [state = state_](std::string_view payload) {
    api::PresenceReport report;
    if (!report.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
      log::warn("unreadable presence report");
      return;
    }
    std::lock_guard lock(state->mutex);
    state->book.apply(report, std::chrono::steady_clock::now());
    state->has_news = true;
    state->changed.notify_all();
  });
  thread_ = std::thread([this] { run(); });
}

Keeper::~Keeper() {
  reports_ = bus::Subscription();
  {
    std::lock_guard lock(state_->mutex);
    state_->closing = true;
    state_->changed.notify_all();
  }
  thread_.join();
}

void Keeper::run() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  while (!state.closing) {
    state.book.pass(std::chrono::steady_clock::now());
    state.has_news = false;
    const bool asks_all = std::exchange(state.asks_all, false);
    const auto changes = state.book.take_changes();
    const auto questions = state.book.take_questions();
    if (asks_all || !changes.empty() || !questions.empty()) {
      lock.unlock();
      if (asks_all) {
        // While it is not connected nothing is sent; the reconnect asks again.
        if (bus_.connected()) bus_.flush(kFlushMs);
        bus_.publish(kAskSubject, api::PresenceAsk().SerializeAsString());
      }
      for (const auto& name : questions) {
        api::PresenceAsk ask;
        ask.set_instance(name);
        bus_.publish(kAskSubject, ask.SerializeAsString());
      }
      if (on_changes_ && !changes.empty()) on_changes_(changes);
      lock.lock();
      continue;
    }
    auto awake = [&] { return state.closing || state.has_news || state.asks_all; };
    const Time next = state.book.next();
    if (next == Time::max()) {
      state.changed.wait(lock, awake);
    } else {
      state.changed.wait_until(lock, next, awake);
    }
  }
}

std::size_t Keeper::online(std::string_view topic) const {
  std::lock_guard lock(state_->mutex);
  return state_->book.online(topic);
}

MemberPage Keeper::members(std::string_view topic, std::int64_t after, std::size_t limit) const {
  std::lock_guard lock(state_->mutex);
  return state_->book.members(topic, after, limit);
}

bool Keeper::present(std::string_view topic, std::int64_t user) const {
  std::lock_guard lock(state_->mutex);
  return state_->book.present(topic, user);
}

}  // namespace marquee::presence
