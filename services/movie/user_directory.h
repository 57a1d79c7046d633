// Who users are, asked of the auth service in one call for all ids of a request, and remembered for
// a while. What was known stays usable while auth cannot be reached. Owned by MovieService; any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/cache/tagged_cache.h"
#include "libs/rpc/call.h"
#include "libs/rpc/channel.h"
#include "services/movie/change_feed.h"

namespace marquee::movie {

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
  // For ChangeFeed.
  ChangeFeed::Drop drop() { return drop_from(cache_); }

 private:
  struct Known {
    User user;
    bool exists = false;
    std::chrono::steady_clock::time_point asked;
  };
  void ask(const rpc::Call& call, const std::vector<std::int64_t>& ids,
           std::unordered_map<std::int64_t, User>& users);

  rpc::Channel& auth_;
  const std::chrono::milliseconds ttl_;
  cache::TaggedCache<Known> cache_;
};

}  // namespace marquee::movie
