// What came lately of one topic, in its order and without a hole: numbered messages are delivered
// when nothing before them is missing, and held back while something is. Kept for those who come
// back. Any thread; delivers under its lock, so that order holds.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/hub/live_event.h"

namespace marquee::gateway {

class LiveFeed {
 public:
  using Event = std::shared_ptr<const LiveEvent>;
  using Deliver = std::function<void(const Event&)>;

  // `kept_max`: of messages. `deliver` must be short, and must not call the feed.
  LiveFeed(std::string topic, std::size_t kept_max, const Deliver& deliver)
      : topic_(std::move(topic)), kept_max_(kept_max), deliver_(deliver) {}

  const std::string& topic() const { return topic_; }

  // What is heard from now on has numbers above `number`. The second: unless it has heard already.
  void raise_to(std::uint64_t number);
  void begin_at(std::uint64_t number);
  // Forgets everything and tells the topic's sockets: nothing below `number` is known any more.
  void begin_anew(std::uint64_t number, const Event& notice);

  // Message `number`, before which the topic's last was `previous`; null: one that cannot be read.
  // True: something before it is missing, and to be caught up on from now.
  [[nodiscard]] bool take(const Event& event, std::uint64_t number, std::uint64_t previous);
  // Holds back what comes until catch_up_with() or begin_anew(). Returns the number behind which
  // messages are missing.
  std::uint64_t begin_catching_up();
  // Number of the first message that is held back; the highest there is: none is.
  std::uint64_t first_held() const;
  void catch_up_with(const std::vector<Event>& missing);
  bool is_catching_up() const;

  // Of the latest that was delivered.
  std::uint64_t last() const;
  // All behind `offset`; nothing when not all of that is kept.
  std::optional<std::vector<Event>> kept_behind(std::uint64_t offset) const;
  // What was read behind `offset`, for others who come back.
  void keep_older(const std::vector<Event>& events, std::uint64_t offset);

 private:
  void accept(const Event& event, std::uint64_t number);

  const std::string topic_;
  const std::size_t kept_max_;
  const Deliver& deliver_;

  mutable std::mutex mutex_;
  std::uint64_t base_ = 0;  // kept_ has all that came behind it
  std::uint64_t last_ = 0;
  bool catching_up_ = false;
  std::deque<Event> kept_;    // oldest first
  std::deque<Event> behind_;  // came while something is missing
};

}  // namespace marquee::gateway
