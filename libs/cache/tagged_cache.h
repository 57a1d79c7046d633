// A bounded cache in memory whose entries carry tags and are dropped by tag: ready answers in the
// gateway, rows and lists in services. Any thread; sharded locks, values shared and immutable.
//
// A value that was read before an invalidation must not be stored after it. So a reader takes a
// Fill before it reads, and store() declines when one of the tags was invalidated since. Other
// replicas hear of a commit a little later than we may: within `kSettle` after an invalidation
// values are kept for at most one second.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/string_map.h"

namespace marquee::cache {

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

  // Null when absent or expired. `expires`: when it will be.
  std::shared_ptr<const Value> find(std::string_view key, Time* expires = nullptr) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    auto it = shard.by_key.find(key);
    if (it == shard.by_key.end()) return nullptr;
    if (it->second->expires <= now_()) {
      shard.erase(it->second);
      return nullptr;
    }
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
    if (shard.cleared > fill.sequence) return false;
    for (const auto& tag : tags) {
      auto it = shard.invalidated.find(tag);
      if (it == shard.invalidated.end()) continue;
      if (it->second.sequence > fill.sequence) return false;
      if (now - it->second.at < kSettle) ttl = std::min(ttl, std::chrono::milliseconds(1000));
    }
    if (auto old = shard.by_key.find(key); old != shard.by_key.end()) shard.erase(old->second);
    shard.order.push_front(
        Entry{std::move(key), std::move(tags), std::move(value), bytes, now + ttl});
    auto entry = shard.order.begin();
    shard.bytes += bytes;
    shard.by_key.emplace(entry->key, entry);
    for (const auto& tag : entry->tags) shard.by_tag[tag].insert(entry->key);
    while (shard.bytes > bytes_max_) shard.erase(std::prev(shard.order.end()));
    return true;
  }

  void invalidate(const std::vector<std::string>& tags) {
    std::uint64_t sequence = sequence_.fetch_add(1, std::memory_order_acq_rel) + 1;
    Time now = now_();
    note_change(now);
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      for (const auto& tag : tags) {
        shard.invalidated[tag] = {sequence, now};
        auto it = shard.by_tag.find(tag);
        if (it == shard.by_tag.end()) continue;
        StringSet keys = std::move(it->second);
        shard.by_tag.erase(it);
        for (const auto& key : keys) {
          if (auto entry = shard.by_key.find(key); entry != shard.by_key.end()) {
            shard.erase(entry->second);
          }
        }
      }
      shard.forget_old(now);
    }
  }

  // True within kSettle after an invalidation of anything. Costs no lock.
  bool unsettled() const {
    auto changed = Time(typename Time::duration(changed_.load(std::memory_order_acquire)));
    return changed != Time() && now_() - changed < kSettle;
  }

  // True within kSettle after an invalidation of one of `tags`: other caches below may not have
  // heard of it yet.
  bool settling(const std::vector<std::string>& tags) const {
    const Shard& shard = shards_.front();  // invalidations reach every shard
    std::lock_guard lock(shard.mutex);
    Time now = now_();
    if (shard.cleared != 0 && now - shard.cleared_at < kSettle) return true;
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
      auto it = shard.invalidated.find(tag);
      return it != shard.invalidated.end() && now - it->second.at < kSettle;
    });
  }

  void clear() {
    Time now = now_();
    note_change(now);
    std::uint64_t sequence = sequence_.fetch_add(1, std::memory_order_acq_rel) + 1;
    for (Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      shard.cleared = sequence;
      shard.cleared_at = now;
      shard.order.clear();
      shard.by_key.clear();
      shard.by_tag.clear();
      shard.bytes = 0;
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

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kEntryOverheadBytes = 256;

  struct Entry {
    std::string key;
    std::vector<std::string> tags;
    std::shared_ptr<const Value> value;
    std::size_t bytes;
    Time expires;
  };
  using Order = std::list<Entry>;
  struct Invalidated {
    std::uint64_t sequence;
    Time at;
  };

  struct Shard {
    mutable std::mutex mutex;
    Order order;  // most recently used first
    StringMap<typename Order::iterator> by_key;
    StringMap<StringSet> by_tag;
    StringMap<Invalidated> invalidated;
    std::uint64_t cleared = 0;
    Time cleared_at{};
    std::size_t bytes = 0;
    Time swept{};

    void erase(typename Order::iterator entry) {
      for (const auto& tag : entry->tags) {
        auto it = by_tag.find(tag);
        if (it == by_tag.end()) continue;
        it->second.erase(entry->key);
        if (it->second.empty()) by_tag.erase(it);
      }
      bytes -= entry->bytes;
      by_key.erase(by_key.find(entry->key));
      order.erase(entry);
    }

    // Marks older than any fill that could still be stored are of no use.
    void forget_old(Time now) {
      if (now - swept < kFillMax) return;
      swept = now;
      std::erase_if(invalidated, [&](const auto& item) { return now - item.second.at > kFillMax; });
    }
  };

  Shard& shard_of(std::string_view key) { return shards_[StringHash{}(key) % kShards]; }
  void note_change(Time now) {
    changed_.store(now.time_since_epoch().count(), std::memory_order_release);
  }

  const std::size_t bytes_max_;
  const Now now_;
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<typename Time::duration::rep> changed_{0};  // the latest invalidation
  std::array<Shard, kShards> shards_;
};

}  // namespace marquee::cache
