#include "libs/rpc/collected_replies.h"

#include "libs/core/ids.h"

namespace marquee::rpc {
namespace {

constexpr std::size_t kNameBytes = 16;

}  // namespace

std::string CollectedReplies::keep(std::string reply) {
  std::lock_guard lock(mutex_);
  forget_old();
  if (bytes_ + reply.size() > kBytesMax) return {};
  std::string name = random_token(kNameBytes);
  bytes_ += reply.size();
  order_.emplace_back(std::chrono::steady_clock::now(), name);
  replies_.emplace(name, std::move(reply));
  return name;
}

std::optional<std::string> CollectedReplies::take(const std::string& name) {
  std::lock_guard lock(mutex_);
  forget_old();
  auto it = replies_.find(name);
  if (it == replies_.end()) return std::nullopt;
  std::string reply = std::move(it->second);
  bytes_ -= reply.size();
  replies_.erase(it);
  return reply;
}

void CollectedReplies::forget_old() {
  auto old = std::chrono::steady_clock::now() - kWithin;
  while (!order_.empty() && order_.front().first < old) {
    if (auto it = replies_.find(order_.front().second); it != replies_.end()) {
      bytes_ -= it->second.size();
      replies_.erase(it);
    }
    order_.pop_front();
  }
}

}  // namespace marquee::rpc
