// Replies that were too large for a call stream, kept until their client collects them. Bounded in
// bytes and time. Any thread.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace marquee::rpc {

class CollectedReplies {
 public:
  static constexpr std::chrono::seconds kWithin{10};
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;

  // Returns the name that the reply can be taken by, hard to guess. Empty, and nothing kept, when
  // there are too many bytes waiting.
  std::string keep(std::string reply);
  // Once; nothing when the name is unknown or its time is up.
  std::optional<std::string> take(const std::string& name);

 private:
  using Time = std::chrono::steady_clock::time_point;
  void forget_old();

  std::mutex mutex_;
  std::unordered_map<std::string, std::string> replies_;
  std::deque<std::pair<Time, std::string>> order_;  // of being kept
  std::size_t bytes_ = 0;
};

}  // namespace marquee::rpc
