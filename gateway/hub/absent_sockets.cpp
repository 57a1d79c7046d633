#include "gateway/hub/absent_sockets.h"

namespace marquee::gateway {

void AbsentSockets::add(std::string pid, AbsentSocket socket, Time now) {
  std::lock_guard lock(mutex_);
  while (!entries_.empty() && (entries_.front().until <= now || entries_.size() >= kMax)) {
    by_pid_.erase(entries_.front().pid);
    entries_.pop_front();
  }
  if (by_pid_.contains(pid)) return;
  entries_.push_back({pid, std::move(socket), now + kKept});
  by_pid_.emplace(std::move(pid), std::prev(entries_.end()));
}

std::optional<AbsentSocket> AbsentSockets::take(std::string_view pid, Time now) {
  std::lock_guard lock(mutex_);
  auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) return std::nullopt;
  auto entry = found->second;
  by_pid_.erase(found);
  std::optional<AbsentSocket> socket;
  if (entry->until > now) socket = std::move(entry->socket);
  entries_.erase(entry);
  return socket;
}

}  // namespace marquee::gateway
