// Notifications as clients see them, with the names of those who did it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "libs/users/user_directory.h"
#include "marquee/notification/v1/inbox.pb.h"
#include "services/notification/inbox_store.h"

namespace marquee::notification {

using Names = std::unordered_map<std::int64_t, users::User>;

// The last actors' names; those of accounts that are gone are absent.
Names names_for(users::UserDirectory& users, const rpc::Call& call,
                const std::vector<StoredNotification>& notifications);

// "ada and 2 others reviewed Heat".
std::string text_of(const StoredNotification& stored, const Names& names);
void fill(const StoredNotification& stored, const Names& names, v1::Notification& notification);

// The topic that all sockets of a user hear.
std::string topic_of(std::int64_t user);

}  // namespace marquee::notification
