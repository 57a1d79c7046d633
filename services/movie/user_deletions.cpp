#include "services/movie/user_deletions.h"

#include "libs/core/log.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/movie/user_deletions_store.h"

namespace marquee::movie {
namespace {

constexpr char kSubject[] = "auth.user.deleted";
constexpr std::chrono::seconds kAskMax{10};
// A user may have rated every film.
constexpr std::chrono::seconds kRemoveMax{30};

Deadline within(std::chrono::seconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

UserDeletions::UserDeletions(db::Pool& pool, rpc::Channel& auth, bus::Bus& bus, ChangeFeed& changes,
                             std::chrono::milliseconds interval)
    : pool_(pool), auth_(auth), changes_(changes), interval_(interval) {
  subscription_ = bus.subscribe(kSubject, [this](std::string_view) {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    wake_.notify_one();
  });
  thread_ = std::thread([this] { run(); });
}

UserDeletions::~UserDeletions() {
  subscription_ = bus::Subscription();
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void UserDeletions::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, interval_, [this] { return woken_ || closing_; });
    if (closing_) return;
    woken_ = false;
    lock.unlock();
    try {
      follow();
    } catch (const std::exception& error) {
      // Nobody waits for it; the next round starts where this one stopped.
      log::warn("deleted users not followed", {{"error", error.what()}});
    }
    lock.lock();
  }
}

void UserDeletions::follow() {
  UserDeletionsStore store(pool_);
  while (true) {
    auth::v1::ListDeletedUsersRequest request;
    request.set_after_sequence(store.position(within(kAskMax)));
    auto call = rpc::Call::for_current_request(within(kAskMax));
    auto reply = auth_.call<auth::v1::ListDeletedUsersReply>(
        "marquee.auth.v1.Directory/ListDeletedUsers", request, call);
    if (reply.deleted().empty()) return;
    std::vector<std::int64_t> users;
    auto last = request.after_sequence();
    for (const auto& deleted : reply.deleted()) {
      users.push_back(deleted.user_id());
      last = std::max(last, deleted.sequence());
    }
    if (last == request.after_sequence()) return;
    auto tags = store.remove_users(within(kRemoveMax), users, request.after_sequence(), last);
    if (tags.empty()) continue;
    changes_.publish(tags);
    log::info("deleted users followed", {{"users", users.size()}, {"sequence", last}});
    std::lock_guard lock(mutex_);
    if (closing_) return;
  }
}

}  // namespace marquee::movie
