#include "services/notification/notification_text.h"

#include "services/notification/kinds.h"

namespace marquee::notification {
namespace {

void set_time(google::protobuf::Timestamp& target, std::int64_t microseconds) {
  target.set_seconds(microseconds / 1'000'000);
  target.set_nanos(static_cast<std::int32_t>(microseconds % 1'000'000) * 1'000);
}

std::string name_of(std::int64_t user, const Names& names) {
  auto name = names.find(user);
  return name == names.end() ? std::string() : name->second.username;
}

}  // namespace

Names names_for(users::UserDirectory& users, const rpc::Call& call,
                const std::vector<StoredNotification>& notifications) {
  std::vector<std::int64_t> ids;
  for (const auto& notification : notifications) ids.push_back(notification.actor_id);
  return users.users(call, std::move(ids));
}

std::string text_of(const StoredNotification& stored, const Names& names) {
  return sentence(stored.kind, name_of(stored.actor_id, names), stored.actor_count,
                  stored.object_title);
}

void fill(const StoredNotification& stored, const Names& names, v1::Notification& notification) {
  notification.set_id(stored.id);
  const KindRow* kind = find_kind(stored.kind);
  notification.set_type(kind == nullptr ? v1::KIND_UNSPECIFIED : kind->kind);
  notification.set_message(text_of(stored, names));
  set_time(*notification.mutable_created_at(), stored.created_at_us);
  set_time(*notification.mutable_updated_at(), stored.updated_at_us);
  notification.set_read(stored.read);
  if (names.contains(stored.actor_id)) notification.set_actor_id(stored.actor_id);
  notification.set_actor_username(name_of(stored.actor_id, names));
  notification.set_actor_count(stored.actor_count);
  notification.set_object_type(stored.object_type);
  notification.set_object_id(stored.object_id);
  notification.set_object_title(stored.object_title);
  if (stored.source_id) notification.set_review_id(*stored.source_id);
}

std::string topic_of(std::int64_t user) {
  return "user:" + std::to_string(user);
}

}  // namespace marquee::notification
