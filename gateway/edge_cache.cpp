#include "gateway/edge_cache.h"

#include <algorithm>

#include <sodium.h>

#include "gateway/gzip.h"

namespace marquee::gateway {
namespace {

constexpr int kGzipLevel = 6;

}  // namespace

std::string make_tag(std::string_view body) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(body.data()),
                     body.size(), nullptr, 0);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string tag;
  tag.reserve(2 * hash.size());
  for (unsigned char byte : hash) {
    tag += kHex[byte >> 4];
    tag += kHex[byte & 15];
  }
  return tag;
}

CachedAnswer::CachedAnswer(unsigned answer_status, std::string text, std::string cursor)
    : status(answer_status),
      body(std::make_shared<const std::string>(std::move(text))),
      next_cursor(std::move(cursor)),
      tag(make_tag(*body)) {}

std::shared_ptr<const std::string> CachedAnswer::gzip_body() const {
  std::call_once(gzip_once_, [this] {
    if (body->size() <= kGzipBytesMin) return;
    std::string packed = gzip(*body, kGzipLevel);
    if (packed.empty() || packed.size() >= body->size()) return;
    packed.shrink_to_fit();
    gzip_body_ = std::make_shared<const std::string>(std::move(packed));
  });
  return gzip_body_;
}

std::size_t CachedAnswer::bytes() const {
  // With room for the gzip form, which may come later.
  return sizeof(*this) + body->size() + body->size() / 3 + next_cursor.size() + tag.size();
}

EdgeCache::Leader::Leader(EdgeCache& cache, std::string key, std::shared_ptr<Flight> flight,
                          Store::Fill fill)
    : cache_(&cache), key_(std::move(key)), flight_(std::move(flight)), fill_(fill) {}

EdgeCache::Leader::~Leader() {
  if (flight_) fail(unavailable("flight_lost", 1));
}

void EdgeCache::Leader::land(std::shared_ptr<const CachedAnswer> answer,
                             std::vector<std::string> tags, std::chrono::milliseconds ttl) {
  cache_->store_.store(key_, std::move(tags), answer, answer->bytes(), ttl, fill_);
  finish({std::move(answer), std::nullopt});
}

void EdgeCache::Leader::fail(const Problem& problem) {
  finish({nullptr, problem});
}

void EdgeCache::Leader::finish(Outcome outcome) {
  std::shared_ptr<Flight> flight = std::move(flight_);
  flight_.reset();
  flight->outcome_ = std::move(outcome);
  {
    Shard& shard = cache_->shard_of(key_);
    std::lock_guard lock(shard.mutex);
    auto it = shard.flights.find(key_);
    if (it != shard.flights.end() && it->second == flight) shard.flights.erase(it);
  }
  flight->landed_.set();
}

EdgeCache::Joined EdgeCache::join(std::string_view key) {
  Joined joined;
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  std::uint64_t epoch = epoch_.load(std::memory_order_acquire);
  auto it = shard.flights.find(key);
  if (it != shard.flights.end() && it->second->epoch_ == epoch) {
    joined.flight = it->second;
    return joined;
  }
  auto flight = std::make_shared<Flight>();
  flight->epoch_ = epoch;
  Store::Fill fill = store_.begin_fill();
  if (it != shard.flights.end()) {
    it->second = flight;
  } else {
    shard.flights.emplace(std::string(key), flight);
  }
  joined.leader.emplace(*this, std::string(key), std::move(flight), fill);
  return joined;
}

void EdgeCache::invalidate(const std::vector<std::string>& tags) {
  if (std::find(tags.begin(), tags.end(), "*") != tags.end()) {
    clear();
    return;
  }
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  store_.invalidate(tags);
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

void EdgeCache::clear() {
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  store_.clear();
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace marquee::gateway
