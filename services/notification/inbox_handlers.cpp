#include "services/notification/inbox_handlers.h"

#include <algorithm>

#include "services/notification/notification_text.h"

namespace marquee::notification {
namespace {

constexpr std::int64_t kPage = 50;
constexpr std::int64_t kPageMax = 100;
constexpr std::int64_t kOffsetMax = 10'000;

ListRange checked(const v1::ListNotificationsRequest& request) {
  Violations bad;
  if (request.limit() < 0) bad.add("limit", "limit must not be negative");
  if (request.offset() < 0) bad.add("offset", "offset must not be negative");
  if (request.offset() > kOffsetMax) bad.add("offset", "offset is too far; use the cursor");
  bad.check();
  ListRange range;
  range.limit = request.limit() == 0 ? kPage : std::min<std::int64_t>(request.limit(), kPageMax);
  range.offset = request.offset();
  range.cursor = request.cursor();
  range.unread = request.unread();
  return range;
}

v1::InboxChangedReply changed(const char* message, std::int64_t unread) {
  v1::InboxChangedReply reply;
  reply.set_message(message);
  reply.set_unread_count(unread);
  return reply;
}

}  // namespace

void InboxHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.notification.v1.Inbox");
  service.on("ListNotifications", &InboxHandlers::list, *this);
  service.on("CountUnread", &InboxHandlers::count_unread, *this);
  service.on("MarkRead", &InboxHandlers::mark_read, *this);
  service.on("MarkAllRead", &InboxHandlers::mark_all_read, *this);
  service.on("DeleteNotification", &InboxHandlers::remove, *this);
}

v1::ListNotificationsReply InboxHandlers::list(const rpc::Call& call,
                                               const v1::ListNotificationsRequest& request) {
  const auto user = call.user();
  const ListRange range = checked(request);
  auto list = store_.list(call.deadline(), user, range);
  const Names names = names_for(users_, call, list.notifications);
  v1::ListNotificationsReply reply;
  for (const auto& stored : list.notifications) fill(stored, names, *reply.add_notifications());
  reply.set_unread_count(store_.count_unread(call.deadline(), user));
  reply.set_limit(static_cast<std::int32_t>(range.limit));
  reply.set_next_cursor(std::move(list.next_cursor));
  return reply;
}

v1::UnreadCount InboxHandlers::count_unread(const rpc::Call& call, const google::protobuf::Empty&) {
  v1::UnreadCount reply;
  reply.set_count(store_.count_unread(call.deadline(), call.user()));
  return reply;
}

v1::InboxChangedReply InboxHandlers::mark_read(const rpc::Call& call,
                                               const v1::MarkReadRequest& request) {
  const auto user = call.user();
  const auto change = store_.mark_read(call.deadline(), user, request.id());
  if (change.changed) {
    v1::NotificationsChanged told;
    told.add_read_ids(request.id());
    told.set_unread_count(change.unread);
    live_.publish(topic_of(user), told);
  }
  return changed("Notification marked as read", change.unread);
}

v1::InboxChangedReply InboxHandlers::mark_all_read(const rpc::Call& call,
                                                   const google::protobuf::Empty&) {
  const auto user = call.user();
  const auto change = store_.mark_all_read(call.deadline(), user);
  if (change.changed) {
    v1::NotificationsChanged told;
    told.set_all_read(true);
    told.set_unread_count(change.unread);
    live_.publish(topic_of(user), told);
  }
  return changed("All notifications marked as read", change.unread);
}

v1::InboxChangedReply InboxHandlers::remove(const rpc::Call& call,
                                            const v1::DeleteNotificationRequest& request) {
  const auto user = call.user();
  const auto change = store_.remove(call.deadline(), user, request.id());
  v1::NotificationsChanged told;
  told.add_deleted_ids(request.id());
  told.set_unread_count(change.unread);
  live_.publish(topic_of(user), told);
  return changed("Notification deleted", change.unread);
}

}  // namespace marquee::notification
