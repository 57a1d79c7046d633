#include "libs/websocket/loop.h"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace marquee::websocket {
namespace {

constexpr std::chrono::seconds kLookAgain{5};

}  // namespace

Loop::Loop(boost::asio::io_context& context)
    : context_(context),
      timer_(context),
      wheel_(std::chrono::steady_clock::now()),
      buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {}

Loop::~Loop() = default;

void Loop::wake_at(Alarm& alarm, Time due) {
  rpc::DeadlineWheel::remove(alarm);
  if (due == Time::max() || stopped_) return;
  wheel_.add(alarm, due);
  // An entry is looked at when its slot is over.
  if (due + 2 * rpc::DeadlineWheel::kResolution < armed_for_) {
    arm(due + 2 * rpc::DeadlineWheel::kResolution);
  }
}

void Loop::arm(Time due) {
  armed_for_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) ring();
  });
}

void Loop::ring() {
  armed_for_ = Time::max();
  const Time time = now();
  while (auto* entry = wheel_.take_due(time)) static_cast<Alarm*>(entry)->on_alarm(time);
  const Time next = wheel_.next_look(time + kLookAgain);
  if (next < armed_for_) arm(next);
}

void Loop::add(Guest& guest) {
  guests_.insert(&guest);
  guest_count_.fetch_add(1, std::memory_order_relaxed);
}

void Loop::remove(Guest& guest) {
  if (guests_.erase(&guest) != 0) guest_count_.fetch_sub(1, std::memory_order_relaxed);
}

void Loop::stop() {
  const std::vector<Guest*> left(guests_.begin(), guests_.end());
  for (Guest* guest : left) {
    if (guests_.contains(guest)) guest->cut_off();
  }
  stopped_ = true;
  timer_.cancel();
}

void Loop::flush_later(Flushed& flushed) {
  dirty_.push_back(&flushed);
  if (dirty_.size() == 1) boost::asio::post(context_, [this] { flush_all(); });
}

void Loop::never_flush(Flushed& flushed) {
  std::erase(dirty_, &flushed);
  std::replace(flushing_.begin(), flushing_.end(), &flushed, static_cast<Flushed*>(nullptr));
}

void Loop::flush_all() {
  flushing_.swap(dirty_);
  // By index: one may call never_flush() for another.
  for (std::size_t i = 0; i < flushing_.size(); ++i) {
    if (flushing_[i] != nullptr) flushing_[i]->flush();
  }
  flushing_.clear();
}

}  // namespace marquee::websocket
