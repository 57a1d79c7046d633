// Follows the auth service's list of deleted users and removes what was theirs: ratings (the films'
// figures follow), reviews, comments, watchlist, tags; films they added stay, without their name.
// A thread of its own wakes on `auth.user.deleted` and now and then; it starts with the object and
// ends with it. The position is kept in the database, one transaction a batch, so that replicas
// share the work and nothing is skipped.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/bus/bus.h"
#include "libs/db/pool.h"
#include "libs/rpc/channel.h"
#include "services/movie/change_feed.h"

namespace marquee::movie {

class UserDeletions {
 public:
  UserDeletions(db::Pool& pool, rpc::Channel& auth, bus::Bus& bus, ChangeFeed& changes,
                std::chrono::milliseconds interval);
  ~UserDeletions();
  UserDeletions(const UserDeletions&) = delete;
  UserDeletions& operator=(const UserDeletions&) = delete;

 private:
  void run();
  // Works off what auth lists now. Throws Error.
  void follow();

  db::Pool& pool_;
  rpc::Channel& auth_;
  ChangeFeed& changes_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = true;  // once at start
  bool closing_ = false;
  bus::Subscription subscription_;
  std::thread thread_;
};

}  // namespace marquee::movie
