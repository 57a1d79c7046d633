// Ready answers of cacheable GETs, and the flights that fill them: of many concurrent misses of one
// key one request calls the service, the others wait for its outcome, success or failure alike.
// Owned by the gateway, any thread.
//
// Who begins after an invalidation must not get what was read before it, so nobody joins a flight
// that began before the latest one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/one_shot.h"
#include "gateway/problem.h"
#include "libs/cache/tagged_cache.h"
#include "libs/core/string_map.h"

namespace marquee::gateway {

// One answer of success: bytes for every client that asks the same. Immutable but for the gzip
// form, which is made when first wanted.
class CachedAnswer {
 public:
  CachedAnswer(unsigned status, std::string body, std::string next_cursor);

  const unsigned status;
  const std::shared_ptr<const std::string> body;
  const std::string next_cursor;  // unescaped; empty: no next page
  const std::string tag;          // of the strong ETag, without quotes; the gzip form adds "-gzip"

  // Null when the body is too small to be worth it.
  std::shared_ptr<const std::string> gzip_body() const;
  std::size_t bytes() const;

 private:
  mutable std::once_flag gzip_once_;
  mutable std::shared_ptr<const std::string> gzip_body_;
};

// A hash of `body` for a strong ETag.
std::string make_tag(std::string_view body);

class EdgeCache {
 public:
  using Store = cache::TaggedCache<CachedAnswer>;

  // What a flight ended with: an answer or a problem.
  struct Outcome {
    std::shared_ptr<const CachedAnswer> answer;
    std::optional<Problem> problem;
  };

  class Flight {
   public:
    // For those who joined; then outcome().
    net::awaitable<void> wait() { return landed_.wait(); }
    const Outcome& outcome() const { return outcome_; }

   private:
    friend class EdgeCache;
    friend class Leader;
    Outcome outcome_;
    OneShot landed_;
    std::uint64_t epoch_ = 0;
  };

  // The duty to land a flight. Ends it with UNAVAILABLE if dropped.
  class Leader {
   public:
    Leader(EdgeCache& cache, std::string key, std::shared_ptr<Flight> flight, Store::Fill fill);
    Leader(Leader&&) noexcept = default;
    Leader& operator=(Leader&&) = delete;
    ~Leader();

    // Stores the answer (unless one of `tags` was invalidated meanwhile) and wakes all who joined.
    void land(std::shared_ptr<const CachedAnswer> answer, std::vector<std::string> tags,
              std::chrono::milliseconds ttl);
    void fail(const Problem& problem);

   private:
    void finish(Outcome outcome);
    EdgeCache* cache_;
    std::string key_;
    std::shared_ptr<Flight> flight_;
    Store::Fill fill_;
  };

  explicit EdgeCache(std::size_t bytes_max) : store_(bytes_max) {}

  std::shared_ptr<const CachedAnswer> find(std::string_view key, Store::Time* expires = nullptr) {
    return store_.find(key, expires);
  }
  // Changes after each invalidation: what was found at one generation is good for as long as it
  // lasts. Read it before find().
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  struct Joined {
    std::shared_ptr<Flight> flight;  // of another request; null for the leader
    std::optional<Leader> leader;
  };
  Joined join(std::string_view key);

  // True when anything was dropped a moment ago; costs no lock.
  bool unsettled() const { return store_.unsettled(); }
  // True when something with one of `tags` was dropped a moment ago.
  bool settling(const std::vector<std::string>& tags) const { return store_.settling(tags); }

  // The tag "*" drops everything.
  void invalidate(const std::vector<std::string>& tags);
  void clear();
  std::size_t size() const { return store_.size(); }
  cache::CacheStats stats() const { return store_.stats(); }

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    StringMap<std::shared_ptr<Flight>> flights;
  };
  Shard& shard_of(std::string_view key) { return shards_[StringHash{}(key) % kShards]; }

  Store store_;
  std::atomic<std::uint64_t> epoch_{0};                   // counts invalidations as they begin
  alignas(64) std::atomic<std::uint64_t> generation_{0};  // counts them when done
  std::array<Shard, kShards> shards_;
};

}  // namespace marquee::gateway
