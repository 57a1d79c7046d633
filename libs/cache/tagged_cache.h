// A bounded cache in memory whose entries carry tags and are dropped by tag: ready answers in the
// gateway, rows and lists in services. Any thread; sharded locks, values shared and immutable.
//
// A value that was read before an invalidation must not be stored after it. So a reader takes a
// Fill before it reads, and store() declines when one of the tags was invalidated since. Other
// replicas hear of a commit a little later than we may: within `kSettle` after an invalidation
// values are kept for at most one second.
//
// What is known of tags is kept in kSlots slots by their hash, without a lock: an invalidation that
// concerns no entry costs a few atomic operations. Two tags that share a slot may make a value be
// declined, or kept for a second only, without need; never the other way.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/string_map.h"

namespace marquee::cache {

struct CacheStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;      // to make room
  std::uint64_t invalidations = 0;  // by tag
  std::size_t entries = 0;
  std::size_t bytes = 0;
  std::size_t bytes_max = 0;
};

template <typename Value>
class TaggedCache {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Now = std::function<Time()>;
  static constexpr std::chrono::milliseconds kSettle{1000};
  static constexpr std::chrono::seconds kFillMax{60};

  class Fill {
    friend class TaggedCache;
    std::uint64_t sequence = 0;
    Time started{};
  };

  // At most `bytes_max` in all, least recently used go first. `now` is for tests.
  explicit TaggedCache(std::size_t bytes_max, Now now = &std::chrono::steady_clock::now)
      : bytes_max_(bytes_max / kShards), now_(std::move(now)) {}

  // False when it holds nothing ever: what a store would cost can be saved.
  bool keeps() const { return bytes_max_ > kEntryOverheadBytes; }

  // Null when absent or expired. `expires`: when it will be.
  std::shared_ptr<const Value> find(std::string_view key, Time* expires = nullptr) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    auto it = shard.by_key.find(key);
    if (it == shard.by_key.end()) {
      ++shard.misses;
      return nullptr;
    }
    if (it->second->expires <= now_()) {
      ++shard.misses;
      erase(shard, it->second);
      return nullptr;
    }
    ++shard.hits;
    shard.order.splice(shard.order.begin(), shard.order, it->second);
    if (expires != nullptr) *expires = it->second->expires;
    return it->second->value;
  }

  Fill begin_fill() const {
    Fill fill;
    fill.sequence = sequence_.load(std::memory_order_acquire);
    fill.started = now_();
    return fill;
  }

  // `bytes` counts towards the bound. False when declined.
  bool store(std::string key, std::vector<std::string> tags, std::shared_ptr<const Value> value,
             std::size_t bytes, std::chrono::milliseconds ttl, const Fill& fill) {
    bytes += key.size() + kEntryOverheadBytes;
    Time now = now_();
    if (bytes > bytes_max_ || now - fill.started > kFillMax) return false;
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    // First seen as a holder, then asked for an invalidation: invalidate() does it the other way
    // round, so that one of the two sees the other.
    for (const auto& tag : tags) slot_of(tag).holders.fetch_add(1);
    if (is_stale(tags, fill)) {
      for (const auto& tag : tags) slot_of(tag).holders.fetch_sub(1);
      return false;
    }
    if (settling(tags)) ttl = std::min(ttl, kSettlingTtl);
    if (auto old = shard.by_key.find(key); old != shard.by_key.end()) erase(shard, old->second);
    shard.order.push_front(
        Entry{std::move(key), std::move(tags), std::move(value), bytes, now + ttl});
    auto entry = shard.order.begin();
    shard.bytes += bytes;
    shard.by_key.emplace(entry->key, entry);
    for (const auto& tag : entry->tags) shard.by_tag[tag].insert(entry->key);
    while (shard.bytes > bytes_max_) {
      ++shard.evictions;
      erase(shard, std::prev(shard.order.end()));
    }
    return true;
  }

  void invalidate(const std::vector<std::string>& tags) {
    std::uint64_t sequence = sequence_.fetch_add(1) + 1;
    auto now = note_change();
    bool held = false;
    for (const auto& tag : tags) {
      Slot& slot = slot_of(tag);
      slot.at.store(now, std::memory_order_relaxed);
      std::uint64_t before = slot.sequence.load();
      while (before < sequence && !slot.sequence.compare_exchange_weak(before, sequence)) {
      }
      held = held || slot.holders.load() > 0;
    }
    if (!held) return;
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      for (const auto& tag : tags) drop(shard, tag);
    }
  }

  // True within kSettle after an invalidation of anything.
  bool unsettled() const { return is_recent(changed_at_.load(std::memory_order_acquire)); }

  // True within kSettle after an invalidation of one of `tags`: other caches below may not have
  // heard of it yet.
  bool settling(const std::vector<std::string>& tags) const {
    if (!unsettled()) return false;
    if (is_recent(cleared_at_.load(std::memory_order_relaxed))) return true;
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
      return is_recent(slot_of(tag).at.load(std::memory_order_relaxed));
    });
  }

  void clear() {
    cleared_at_.store(note_change(), std::memory_order_relaxed);
    cleared_.store(sequence_.fetch_add(1) + 1);
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      shard.invalidations += shard.order.size();
      while (!shard.order.empty()) erase(shard, shard.order.begin());
    }
  }

  std::size_t size() const {
    std::size_t total = 0;
    for (const Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      total += shard.order.size();
    }
    return total;
  }

  CacheStats stats() const {
    CacheStats stats;
    stats.bytes_max = bytes_max_ * kShards;
    for (const Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      stats.hits += shard.hits;
      stats.misses += shard.misses;
      stats.evictions += shard.evictions;
      stats.invalidations += shard.invalidations;
      stats.entries += shard.order.size();
      stats.bytes += shard.bytes;
    }
    return stats;
  }

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kSlots = 1 << 15;
  static constexpr std::chrono::milliseconds kSettlingTtl{1000};
  static constexpr std::size_t kEntryOverheadBytes = 256;

  struct Entry {
    std::string key;
    std::vector<std::string> tags;
    std::shared_ptr<const Value> value;
    std::size_t bytes;
    Time expires;
  };
  using Order = std::list<Entry>;
  using Ticks = typename Time::duration::rep;
  static constexpr Ticks kNever = std::numeric_limits<Ticks>::min();

  struct Shard {
    mutable std::mutex mutex;
    Order order;  // most recently used first
    StringMap<typename Order::iterator> by_key;
    StringMap<StringSet> by_tag;
    std::size_t bytes = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
    std::uint64_t invalidations = 0;
  };

  // Of the tags with a hash.
  struct Slot {
    std::atomic<std::uint64_t> sequence{0};  // of the last invalidation
    std::atomic<Ticks> at{kNever};
    std::atomic<std::uint32_t> holders{0};  // entries that carry one
  };

  bool is_stale(const std::vector<std::string>& tags, const Fill& fill) const {
    if (cleared_.load() > fill.sequence) return true;
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
      return slot_of(tag).sequence.load() > fill.sequence;
    });
  }

  void drop(Shard& shard, const std::string& tag) {
    auto it = shard.by_tag.find(tag);
    if (it == shard.by_tag.end()) return;
    StringSet keys = std::move(it->second);
    shard.by_tag.erase(it);
    for (const auto& key : keys) {
      if (auto entry = shard.by_key.find(key); entry != shard.by_key.end()) {
        ++shard.invalidations;
        erase(shard, entry->second);
      }
    }
  }

  void erase(Shard& shard, typename Order::iterator entry) {
    for (const auto& tag : entry->tags) {
      slot_of(tag).holders.fetch_sub(1);
      auto it = shard.by_tag.find(tag);
      if (it == shard.by_tag.end()) continue;
      it->second.erase(entry->key);
      if (it->second.empty()) shard.by_tag.erase(it);
    }
    shard.bytes -= entry->bytes;
    shard.by_key.erase(shard.by_key.find(entry->key));
    shard.order.erase(entry);
  }

  Ticks note_change() {
    Ticks now = now_().time_since_epoch().count();
    changed_at_.store(now, std::memory_order_release);
    return now;
  }

  bool is_recent(Ticks at) const {
    return at != kNever &&
           now_().time_since_epoch().count() - at < typename Time::duration(kSettle).count();
  }

  Slot& slot_of(std::string_view tag) const { return slots_[StringHash{}(tag) % kSlots]; }

  Shard& shard_of(std::string_view key) { return shards_[StringHash{}(key) % kShards]; }

  const std::size_t bytes_max_;
  const Now now_;
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<std::uint64_t> cleared_{0};  // sequence of the last clear()
  std::atomic<Ticks> cleared_at_{kNever};
  std::atomic<Ticks> changed_at_{kNever};  // the latest invalidation
  const std::unique_ptr<Slot[]> slots_ = std::make_unique<Slot[]>(kSlots);
  std::array<Shard, kShards> shards_;
};

}  // namespace marquee::cache
