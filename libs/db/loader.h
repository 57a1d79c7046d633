// Reads by key that pay together: the keys that the jobs of a turn (libs/core/turn.h) ask for are
// gathered into one query, each key once. A job alone, or a thread outside of turns, asks at once.
// Nothing is remembered: what load() returns was read after it was called, so a handler sees its
// own writes.
//
//   db::Loader<std::int64_t, v1::Movie> films(pool, [](db::Tx& tx, const auto& ids, auto& found) {
//     for (const auto& row : tx.exec(kMovies, db::array(ids))) found.add(id_of(row), read(row));
//   });
//   auto film = films.load(call.deadline(), 7);  // null when there is none
//
// A query runs until the latest deadline of those who wait for it, and is cancelled when all of
// them are. Who gave up meanwhile gets an error of his own (DEADLINE_EXCEEDED, CANCELLED), and what
// only he wanted is not asked for; a query that fails, fails for those who wanted its keys. Lives
// as long as its store; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/core/call_context.h"
#include "libs/core/turn.h"
#include "libs/db/pool.h"
#include "libs/db/waiters.h"

namespace marquee::db {

// Of one query.
inline constexpr std::size_t kLoadKeysMax = 256;

// What a fetch found.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class Found {
 public:
  void add(const Key& key, Value value) {
    values_[key] = std::make_shared<const Value>(std::move(value));
  }
  std::shared_ptr<const Value> find(const Key& key) const {
    auto it = values_.find(key);
    return it == values_.end() ? nullptr : it->second;
  }

 private:
  std::unordered_map<Key, std::shared_ptr<const Value>, Hash> values_;
};

// The same for any source, such as another service: `fetch(deadline, keys, found)`.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class Gatherer {
 public:
  using Keys = std::vector<Key>;
  using Values = std::vector<std::shared_ptr<const Value>>;
  using FoundValues = Found<Key, Value, Hash>;
  using Fetch = std::function<void(const Deadline&, const Keys&, FoundValues&)>;

  // `fetch` is called with 1 to `keys_max` different keys. It may throw, and may be called by
  // several threads at the same time.
  explicit Gatherer(Fetch fetch, std::size_t keys_max = kLoadKeysMax)
      : fetch_(std::move(fetch)), keys_max_(keys_max) {}
  Gatherer(const Gatherer&) = delete;
  Gatherer& operator=(const Gatherer&) = delete;

  // Null when there is none.
  std::shared_ptr<const Value> load(const Deadline& deadline, const Key& key) {
    return load_many(deadline, Keys{key}).front();
  }

  // One for each of `keys`, in their order.
  Values load_many(const Deadline& deadline, const Keys& keys) {
    if (keys.empty()) return {};
    Wish wish{{deadline, nullptr}, &keys, {}};
    core::Turn* turn = core::Turn::current();
    if (turn == nullptr) {
      Batch batch(fetch_, keys_max_);
      batch.add(wish);
      batch.run();
    } else {
      auto batch = std::static_pointer_cast<Batch>(turn->open(this));
      if (!batch) {
        batch = std::make_shared<Batch>(fetch_, keys_max_);
        turn->add(this, batch);
      }
      batch->add(wish);
      turn->wait_for(*batch);
    }
    if (wish.failure) std::rethrow_exception(wish.failure);
    return std::move(wish.values);
  }

 private:
  // On the stack of the job that waits.
  struct Wish : Waiter {
    const Keys* keys;
    Values values;
    const CallContext* context = CallContext::current();
    Wish(Waiter waiter, const Keys* wanted, Values none)
        : Waiter(std::move(waiter)), keys(wanted), values(std::move(none)) {}
  };

  class Batch : public core::Gathering {
   public:
    Batch(const Fetch& fetch, std::size_t keys_max) : fetch_(fetch), keys_max_(keys_max) {}
    void add(Wish& wish) { wishes_.push_back(&wish); }

    void run() noexcept override {
      try {
        std::vector<Waiter*> waiters(wishes_.begin(), wishes_.end());
        Wanted wanted(waiters);
        CallContext::Scope for_the_first(wishes_.front()->context);
        for (const Keys& keys : parts()) fetch_part(wanted.deadline(), keys);
        answer();
      } catch (...) {
        for (Wish* wish : wishes_) wish->fail(std::current_exception());
      }
    }

   private:
    // The different keys of those who still wait, in parts of at most keys_max_.
    std::vector<Keys> parts() {
      std::vector<Keys> parts;
      for (const Wish* wish : wishes_) {
        if (wish->failure) continue;
        for (const Key& key : *wish->keys) {
          if (!part_of_.emplace(key, parts.empty() ? 0 : parts.size() - 1).second) continue;
          if (parts.empty() || parts.back().size() == keys_max_) {
            parts.emplace_back();
            part_of_[key] = parts.size() - 1;
          }
          parts.back().push_back(key);
        }
      }
      return parts;
    }

    void fetch_part(const Deadline& deadline, const Keys& keys) {
      try {
        fetch_(deadline, keys, found_);
        failures_.push_back(nullptr);
      } catch (...) {
        failures_.push_back(std::current_exception());
      }
    }

    void answer() {
      for (Wish* wish : wishes_) {
        wish->give_up_if_unwanted();
        if (wish->failure) continue;
        wish->values.reserve(wish->keys->size());
        for (const Key& key : *wish->keys) {
          wish->fail(failures_[part_of_.at(key)]);
          wish->values.push_back(found_.find(key));
        }
      }
    }

    const Fetch& fetch_;
    const std::size_t keys_max_;
    std::vector<Wish*> wishes_;
    std::unordered_map<Key, std::size_t, Hash> part_of_;
    std::vector<std::exception_ptr> failures_;  // one a part
    FoundValues found_;
  };

  const Fetch fetch_;
  const std::size_t keys_max_;
};

template <typename Key, typename Value, typename Hash = std::hash<Key>>
class Loader : public Gatherer<Key, Value, Hash> {
 public:
  using Base = Gatherer<Key, Value, Hash>;
  // `query(tx, keys, found)`; may be run again after a lost connection.
  using Query = std::function<void(Tx&, const typename Base::Keys&, typename Base::FoundValues&)>;

  Loader(Pool& pool, Query query)
      : Base([&pool, query = std::move(query)](const Deadline& deadline, const auto& keys,
                                               auto& found) {
          pool.read(deadline, [&](Tx& tx) { query(tx, keys, found); });
        }) {}
};

}  // namespace marquee::db
