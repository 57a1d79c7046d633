// Who users are, asked of the auth service in one call for all that the jobs of a turn want to
// know, and remembered for a while. What was known stays usable while auth cannot be reached. Owned
// by a service; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/cache/tagged_cache.h"
#include "libs/db/loader.h"
#include "libs/invalidation/change_feed.h"
#include "libs/rpc/call.h"
#include "libs/rpc/channel.h"

namespace marquee::ops {
class Scrape;
}

namespace marquee::users {

struct User {
  std::string username;
  bool is_private = false;
};

class UserDirectory {
 public:
  UserDirectory(rpc::Channel& auth, std::chrono::milliseconds ttl);

  // Unknown (deleted) users are absent. Throws the channel's Error only when something of some user
  // must be known and is not.
  std::unordered_map<std::int64_t, User> users(const rpc::Call& call,
                                               std::vector<std::int64_t> ids);
  // For metrics.
  void read(ops::Scrape& scrape) const;
  // For ChangeFeed.
  invalidation::ChangeFeed::Drop drop() { return invalidation::drop_from(cache_); }

 private:
  struct Known {
    User user;
    bool exists = false;
    std::chrono::steady_clock::time_point asked;
  };
  using Asked = db::Gatherer<std::int64_t, User>;
  // Asks auth, and remembers.
  void ask(const Deadline& deadline, const Asked::Keys& ids, Asked::FoundValues& found);

  rpc::Channel& auth_;
  const std::chrono::milliseconds ttl_;
  cache::TaggedCache<Known> cache_;
  Asked asked_;
};

}  // namespace marquee::users
