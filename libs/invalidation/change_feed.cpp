#include "libs/invalidation/change_feed.h"

#include <algorithm>

#include "libs/core/log.h"
#include "libs/core/turn.h"
#include "marquee/api/bus.pb.h"

namespace marquee::invalidation {
namespace {

constexpr char kSubject[] = "cache.invalidate";

}  // namespace

// Shared with the bus's reconnect handler, which cannot be taken back and may outlive the caches.
struct ChangeFeed::Caches {
  std::mutex mutex;
  std::vector<Drop> drops;

  void drop(const Tags& tags) {
    std::lock_guard lock(mutex);
    for (const auto& drop_from_cache : drops) drop_from_cache(tags);
  }
};

ChangeFeed::ChangeFeed(bus::Bus& bus, std::vector<Drop> caches)
    : bus_(bus), caches_(std::make_shared<Caches>()) {
  caches_->drops = std::move(caches);
  bus_.on_reconnect([weak = std::weak_ptr<Caches>(caches_)] {
    if (auto live = weak.lock()) live->drop({kEverything});
  });
  subscription_ = bus_.subscribe(kSubject, [live = caches_](std::string_view payload) {
    api::CacheInvalidation change;
    if (!change.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
      log::warn("unreadable cache invalidation");
      return;
    }
    live->drop(Tags(change.tags().begin(), change.tags().end()));
  });
}

ChangeFeed::~ChangeFeed() {
  subscription_ = bus::Subscription();
  std::lock_guard lock(caches_->mutex);
  caches_->drops.clear();
}

void ChangeFeed::publish(const Tags& tags) {
  caches_->drop(tags);
  {
    std::lock_guard lock(mutex_);
    for (const auto& tag : tags) {
      if (std::find(unsent_.begin(), unsent_.end(), tag) == unsent_.end()) unsent_.push_back(tag);
    }
  }
  if (core::Turn* turn = core::Turn::current()) {
    turn->at_pause(this, [this] { send(); });
  } else {
    send();
  }
}

// Whoever's turn pauses first sends for all.
void ChangeFeed::send() {
  Tags tags;
  {
    std::lock_guard lock(mutex_);
    tags.swap(unsent_);
  }
  if (tags.empty()) return;
  api::CacheInvalidation change;
  for (auto& tag : tags) change.add_tags(std::move(tag));
  bus_.publish(kSubject, change.SerializeAsString());
}

}  // namespace marquee::invalidation
