// In front of the edge cache, one a core: ready answers by the request target as it was sent, each
// with its head as bytes. A hit needs no routing, no key, no lock and nothing that another core
// writes. Touched by its I/O thread alone.
//
// An entry counts while the edge cache's generation is the one it was taken at, so that an
// invalidation ends it on every core at once, and never longer than the edge cache would keep it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/edge_cache.h"

namespace marquee::gateway {

struct RoutePlan;

struct FrontAnswer {
  std::string target;
  const RoutePlan* route = nullptr;
  std::uint64_t generation = 0;
  std::chrono::steady_clock::time_point expires;
  std::shared_ptr<const CachedAnswer> answer;

  // With and without the body, plain and compressed.
  std::string head;
  std::string head_unchanged;
  std::string head_gzip;
  std::string head_unchanged_gzip;
  std::shared_ptr<const std::string> gzip_body;  // null: not worth it
};

class FrontCache {
 public:
  // Larger answers are left to the edge cache, so that a core's memory stays bounded.
  static constexpr std::size_t kBodyBytesMax = 64 * 1024;
  static constexpr std::size_t kTargetBytesMax = 512;

  // Null when there is none that counts.
  std::shared_ptr<const FrontAnswer> find(std::string_view target, std::uint64_t generation,
                                          std::chrono::steady_clock::time_point now) const {
    const auto& slot = slots_[slot_of(target)];
    bool counts =
        slot && slot->generation == generation && slot->target == target && slot->expires > now;
    return counts ? slot : nullptr;
  }
  // In place of another that happens to have the same slot.
  void keep(std::shared_ptr<const FrontAnswer> answer) {
    auto& slot = slots_[slot_of(answer->target)];
    slot = std::move(answer);
  }

 private:
  static constexpr std::size_t kSlots = 512;
  static std::size_t slot_of(std::string_view target) { return StringHash{}(target) % kSlots; }

  std::array<std::shared_ptr<const FrontAnswer>, kSlots> slots_;
};

}  // namespace marquee::gateway
