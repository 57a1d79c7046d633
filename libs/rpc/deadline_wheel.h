// The deadlines of many calls of one thread: setting and dropping one costs a few pointers, looking
// for those that have passed costs a glance at the slots since the last look. Coarse: a deadline is
// noticed up to kResolution late, never early. Owned by Replicas, one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace marquee::rpc {

class DeadlineWheel {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kResolution{10};

  // Part of what has a deadline; taken out before it ends.
  struct Entry {
    Time due{};
    Entry* previous = nullptr;  // null: in no wheel
    Entry* next = nullptr;
  };

  explicit DeadlineWheel(Time now);
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  void add(Entry& entry, Time due);
  // Nothing happens to one that is not in.
  static void remove(Entry& entry);
  // Takes out one whose time has come; null when there is none (left).
  Entry* take_due(Time now);
  // When to look next: `limit`, or earlier where something may be due earlier.
  Time next_look(Time limit) const;

 private:
  static constexpr std::size_t kSlots = 512;
  static std::int64_t slot_number(Time time);
  Entry& slot(std::int64_t number) { return slots_[static_cast<std::size_t>(number) % kSlots]; }

  // Each a ring that begins and ends in the slot itself.
  std::array<Entry, kSlots> slots_;
  std::int64_t current_;  // everything in earlier slots has been looked at
};

}  // namespace marquee::rpc
