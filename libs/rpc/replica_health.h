// How well one replica does, from the ends of its calls and the answers to its pings: its recent
// latency, whether it is put aside, and how much of its share it gets after it came back. Time is
// an argument. Owned by a Replica, one thread.
#pragma once

#include <chrono>

namespace marquee::rpc {

class ReplicaHealth {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  static constexpr int kFailuresMax = 5;  // in a row
  static constexpr std::chrono::seconds kReturnTime{5};

  // Each returns true when the replica is put aside by it.
  bool call_failed(Time now);
  bool ping_unanswered();

  void call_succeeded(Duration took);
  void ping_answered(Time now);
  // Every now and then: without new answers the impression fades, so that a replica that nobody
  // picks is tried again.
  void fade();

  bool ejected(Time now) const { return silent_ || now < ejected_until_; }
  // From nearly 0 to 1: the part of its share that it gets.
  double weight(Time now) const;
  double latency_s() const { return latency_s_; }

 private:
  int failures_ = 0;
  int ejections_ = 0;  // in a row
  bool silent_ = false;
  Time ejected_until_{};
  Time returned_at_{};
  double latency_s_ = 0;
  bool latency_is_fresh_ = false;
};

}  // namespace marquee::rpc
