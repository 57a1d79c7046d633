#include "libs/presence/reporter.h"

#include "libs/core/log.h"

namespace marquee::presence {
namespace {

constexpr int kFarewellMs = 500;

}  // namespace

Reporter::Reporter(bus::Bus& bus, std::string instance, RosterSettings settings)
    : bus_(bus), instance_(instance), roster_(std::move(instance), settings) {
  asks_ = bus_.subscribe(kAskSubject, [this](std::string_view payload) { asked(payload); });
  thread_ = std::thread([this] { run(); });
}

Reporter::~Reporter() {
  asks_ = bus::Subscription();
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
  // The bus may be gone the next moment.
  if (bus_.publish(kReportSubject, roster_.farewell().SerializeAsString())) {
    bus_.flush(kFarewellMs);
  }
}

void Reporter::joined(std::string_view topic, std::int64_t user, std::uint64_t connection) {
  std::lock_guard lock(mutex_);
  roster_.joined(topic, user, connection, std::chrono::steady_clock::now());
  if (roster_.next() < wakes_at_) changed_.notify_all();
}

void Reporter::left(std::string_view topic, std::int64_t user, std::uint64_t connection) {
  std::lock_guard lock(mutex_);
  roster_.left(topic, user, connection, std::chrono::steady_clock::now());
  if (roster_.next() < wakes_at_) changed_.notify_all();
}

void Reporter::asked(std::string_view payload) {
  api::PresenceAsk ask;
  if (!ask.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    log::warn("unreadable question about presence");
    return;
  }
  if (!ask.instance().empty() && ask.instance() != instance_) return;
  std::lock_guard lock(mutex_);
  roster_.asked(std::chrono::steady_clock::now());
  if (roster_.next() < wakes_at_) changed_.notify_all();
}

// Reports are made and sent by this thread alone, so they go out in their order.
void Reporter::run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    const auto reports = roster_.due(std::chrono::steady_clock::now());
    if (reports.empty()) {
      wakes_at_ = roster_.next();
      changed_.wait_until(lock, wakes_at_);
      continue;
    }
    lock.unlock();
    for (const auto& report : reports) {
      bus_.publish(kReportSubject, report.SerializeAsString());
    }
    lock.lock();
  }
}

}  // namespace marquee::presence
