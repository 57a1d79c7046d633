#include "libs/rpc/deadline_wheel.h"

#include <algorithm>

namespace marquee::rpc {

DeadlineWheel::DeadlineWheel(Time now) : current_(slot_number(now)) {
  for (auto& slot : slots_) slot.previous = slot.next = &slot;
}

std::int64_t DeadlineWheel::slot_number(Time time) {
  // The monotonic clock of a process is never negative.
  return time.time_since_epoch() / kResolution;
}

void DeadlineWheel::add(Entry& entry, Time due) {
  entry.due = due;
  // The slot after the one of its time, so that all of a slot is due when the slot is over.
  Entry& head = slot(std::max(slot_number(due), current_) + 1);
  entry.previous = head.previous;
  entry.next = &head;
  head.previous->next = &entry;
  head.previous = &entry;
}

void DeadlineWheel::remove(Entry& entry) {
  if (entry.previous == nullptr) return;
  entry.previous->next = entry.next;
  entry.next->previous = entry.previous;
  entry.previous = entry.next = nullptr;
}

DeadlineWheel::Entry* DeadlineWheel::take_due(Time now) {
  const std::int64_t last = slot_number(now);
  // After a long sleep one turn of the wheel has seen everything.
  current_ = std::max(current_, last - static_cast<std::int64_t>(kSlots) + 1);
  for (;; ++current_) {
    Entry& head = slot(current_);
    for (Entry* entry = head.next; entry != &head; entry = entry->next) {
      if (entry->due > now) continue;
      remove(*entry);
      return entry;
    }
    if (current_ >= last) return nullptr;
  }
}

DeadlineWheel::Time DeadlineWheel::next_look(Time limit) const {
  const std::int64_t last = std::min(slot_number(limit), current_ + std::int64_t{kSlots});
  for (std::int64_t number = current_ + 1; number <= last; ++number) {
    const Entry& head = slots_[static_cast<std::size_t>(number) % kSlots];
    if (head.next != &head) return std::min(limit, Time(number * kResolution));
  }
  return limit;
}

}  // namespace marquee::rpc
