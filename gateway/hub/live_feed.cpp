#include "gateway/hub/live_feed.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace marquee::gateway {
namespace {

// What is held back beyond it is caught up on later.
constexpr std::size_t kBehindMax = 1'000;

}  // namespace

void LiveFeed::raise_to(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  base_ = last_ = std::max(last_, number);
}

void LiveFeed::begin_at(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  if (last_ == 0) base_ = last_ = number;
}

void LiveFeed::begin_anew(std::uint64_t number, const Event& notice) {
  std::lock_guard lock(mutex_);
  kept_.clear();
  behind_.clear();
  base_ = last_ = number;
  catching_up_ = false;
  deliver_(notice);
}

bool LiveFeed::take(const Event& event, std::uint64_t number, std::uint64_t previous) {
  std::lock_guard lock(mutex_);
  if (number <= last_) return false;
  const bool gap = !catching_up_ && last_ != 0 && previous > last_;
  if (gap) catching_up_ = true;
  if (!catching_up_) {
    accept(event, number);
  } else if (event && behind_.size() < kBehindMax) {
    behind_.push_back(event);
  }
  return gap;
}

void LiveFeed::accept(const Event& event, std::uint64_t number) {
  last_ = number;
  if (!event) return;
  kept_.push_back(event);
  if (kept_.size() > kept_max_) {
    base_ = kept_.front()->sequence();
    kept_.pop_front();
  }
  deliver_(event);
}

std::uint64_t LiveFeed::begin_catching_up() {
  std::lock_guard lock(mutex_);
  catching_up_ = true;
  return last_;
}

std::uint64_t LiveFeed::first_held() const {
  std::lock_guard lock(mutex_);
  return behind_.empty() ? std::numeric_limits<std::uint64_t>::max() : behind_.front()->sequence();
}

void LiveFeed::catch_up_with(const std::vector<Event>& missing) {
  std::lock_guard lock(mutex_);
  catching_up_ = false;
  for (const auto& event : missing) {
    if (event->sequence() > last_) accept(event, event->sequence());
  }
  for (const auto& event : std::exchange(behind_, {})) {
    if (event->sequence() > last_) accept(event, event->sequence());
  }
}

bool LiveFeed::is_catching_up() const {
  std::lock_guard lock(mutex_);
  return catching_up_;
}

std::uint64_t LiveFeed::last() const {
  std::lock_guard lock(mutex_);
  return last_;
}

std::optional<std::vector<LiveFeed::Event>> LiveFeed::kept_behind(std::uint64_t offset) const {
  std::lock_guard lock(mutex_);
  if (base_ == 0 || offset < base_) return std::nullopt;
  std::vector<Event> events;
  for (const auto& event : kept_) {
    if (event->sequence() > offset) events.push_back(event);
  }
  return events;
}

void LiveFeed::keep_older(const std::vector<Event>& events, std::uint64_t offset) {
  std::lock_guard lock(mutex_);
  if (base_ == 0) return;
  std::deque<Event> older;
  for (const auto& event : events) {
    if (event->sequence() <= base_) older.push_back(event);
  }
  if (older.size() + kept_.size() > kept_max_) return;
  kept_.insert(kept_.begin(), older.begin(), older.end());
  base_ = offset;
}

}  // namespace marquee::gateway
