#include "libs/users/user_directory.h"

#include <algorithm>

#include "libs/cache/cache_metrics.h"
#include "marquee/auth/v1/accounts.pb.h"

namespace marquee::users {
namespace {

constexpr std::size_t kCacheBytes = 16 << 20;
constexpr std::size_t kIdsPerCall = 1'000;
// How long a name is good enough when nobody can be asked.
constexpr std::chrono::hours kStaleMax{1};
constexpr std::chrono::seconds kAskMax{2};

}  // namespace

UserDirectory::UserDirectory(rpc::Channel& auth, std::chrono::milliseconds ttl)
    : auth_(auth),
      ttl_(ttl),
      cache_(kCacheBytes),
      asked_(
          [this](const auto& deadline, const auto& ids, auto& found) { ask(deadline, ids, found); },
          kIdsPerCall) {}

std::unordered_map<std::int64_t, User> UserDirectory::users(const rpc::Call& call,
                                                            std::vector<std::int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  auto now = std::chrono::steady_clock::now();
  std::unordered_map<std::int64_t, User> users;
  std::vector<std::int64_t> missing;
  bool bearable = true;
  for (auto id : ids) {
    auto known = cache_.find(std::to_string(id));
    if (known && known->exists) users[id] = known->user;
    if (!known) bearable = false;
    if (!known || now - known->asked > ttl_) missing.push_back(id);
  }
  try {
    auto answers = asked_.load_many(call.deadline().within(kAskMax), missing);
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (answers[i]) {
        users[missing[i]] = *answers[i];
      } else {
        users.erase(missing[i]);
      }
    }
  } catch (const Error&) {
    if (!bearable) throw;
  }
  return users;
}

void UserDirectory::read(ops::Scrape& scrape) const {
  cache::read_metrics(scrape, "users", cache_.stats());
}

void UserDirectory::ask(const Deadline& deadline, const Asked::Keys& ids,
                        Asked::FoundValues& found) {
  auto fill = cache_.begin_fill();
  auth::v1::GetUsersRequest request;
  request.mutable_ids()->Add(ids.begin(), ids.end());
  auto call = rpc::Call::for_current_request(deadline);
  auto reply =
      auth_.call<auth::v1::GetUsersReply>("marquee.auth.v1.Directory/GetUsers", request, call);
  for (auto& user : *reply.mutable_users()) {
    found.add(user.id(), {std::move(*user.mutable_username()), user.is_private()});
  }
  auto now = std::chrono::steady_clock::now();
  for (auto id : ids) {
    auto known = std::make_shared<Known>();
    known->asked = now;
    if (auto user = found.find(id)) {
      known->user = *user;
      known->exists = true;
    }
    cache_.store(std::to_string(id), {"user:" + std::to_string(id)}, known,
                 known->user.username.size() + sizeof(Known), kStaleMax, fill);
  }
}

}  // namespace marquee::users
