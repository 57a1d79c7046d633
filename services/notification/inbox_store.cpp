#include "services/notification/inbox_store.h"

#include "libs/paging/cursor.h"

namespace marquee::notification {
namespace {

#define LISTED                                                                             \
  "SELECT id, kind, actors[cardinality(actors)], actor_count, object_type, object_id,"     \
  " object_title, source_id, to_micros(created_at), to_micros(updated_at),"                \
  " read_at IS NOT NULL"                                                                   \
  " FROM notifications WHERE user_id = $1::bigint"                                         \
  " AND (updated_at, id) < ('epoch'::timestamptz + $2::bigint * interval '1 microsecond'," \
  "                         $3::bigint)"
#define PAGE " ORDER BY updated_at DESC, id DESC OFFSET $4::bigint LIMIT $5::bigint"

constexpr db::Statement kList{"inbox_list", LISTED PAGE};
constexpr db::Statement kListUnread{"inbox_list_unread", LISTED " AND read_at IS NULL" PAGE};

#undef LISTED
#undef PAGE

constexpr db::Statement kUnread{"inbox_unread", R"sql(
  SELECT coalesce((SELECT unread FROM unread_counts WHERE user_id = $1::bigint), 0))sql"};

// The second column: whether it was unread; no row: there is none.
constexpr db::Statement kMarkRead{"inbox_mark_read", R"sql(
  WITH had AS (
    SELECT id, read_at FROM notifications WHERE id = $2::bigint AND user_id = $1::bigint FOR UPDATE),
  marked AS (
    UPDATE notifications n SET read_at = now() FROM had
     WHERE n.id = had.id AND had.read_at IS NULL),
  unmailed AS (
    DELETE FROM mail_items USING had WHERE notification_id = had.id)
  SELECT read_at IS NULL FROM had)sql"};

constexpr db::Statement kMarkAllRead{"inbox_mark_all_read", R"sql(
  WITH unmailed AS (
    DELETE FROM mail_items WHERE user_id = $1::bigint)
  UPDATE notifications SET read_at = now() WHERE user_id = $1::bigint AND read_at IS NULL)sql"};

constexpr db::Statement kRemove{
    "inbox_remove", "DELETE FROM notifications WHERE id = $2::bigint AND user_id = $1::bigint"};

constexpr char kCursorKind[] = "notifications";

Error not_found() {
  return Error::not_found("notification_not_found", "Notification not found");
}

StoredNotification read_row(const pqxx::row& row) {
  StoredNotification notification;
  notification.id = row[0].as<std::int64_t>();
  notification.kind = row[1].c_str();
  notification.actor_id = row[2].as<std::int64_t>();
  notification.actor_count = row[3].as<int>();
  notification.object_type = row[4].c_str();
  notification.object_id = row[5].c_str();
  notification.object_title = row[6].c_str();
  if (!row[7].is_null()) notification.source_id = row[7].as<std::int64_t>();
  notification.created_at_us = row[8].as<std::int64_t>();
  notification.updated_at_us = row[9].as<std::int64_t>();
  notification.read = row[10].as<bool>();
  return notification;
}

std::int64_t count(db::Tx& tx, std::int64_t user) {
  return tx.exec(kUnread, user)[0][0].as<std::int64_t>();
}

}  // namespace

NotificationList InboxStore::list(const Deadline& deadline, std::int64_t user,
                                  const ListRange& range) {
  std::vector<std::int64_t> key = {paging::kBeyondTimeUs, 0};
  if (!range.cursor.empty()) key = paging::decode_time_cursor(kCursorKind, range.cursor);
  const std::int64_t offset = range.cursor.empty() ? range.offset : 0;
  const auto& statement = range.unread ? kListUnread : kList;
  return pool_.read(deadline, [&](db::Tx& tx) {
    NotificationList list;
    for (const auto& row : tx.exec(statement, user, key[0], key[1], offset, range.limit + 1)) {
      if (static_cast<std::int64_t>(list.notifications.size()) == range.limit) {
        const auto& last = list.notifications.back();
        list.next_cursor = paging::encode_cursor(kCursorKind, {last.updated_at_us, last.id});
        break;
      }
      list.notifications.push_back(read_row(row));
    }
    return list;
  });
}

std::int64_t InboxStore::count_unread(const Deadline& deadline, std::int64_t user) {
  return pool_.read(deadline, [&](db::Tx& tx) { return count(tx, user); });
}

InboxStore::Change InboxStore::mark_read(const Deadline& deadline, std::int64_t user,
                                         std::int64_t id) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    const auto rows = tx.exec(kMarkRead, user, id);
    if (rows.empty()) throw not_found();
    return Change{count(tx, user), rows[0][0].as<bool>()};
  });
}

InboxStore::Change InboxStore::remove(const Deadline& deadline, std::int64_t user,
                                      std::int64_t id) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    if (tx.exec(kRemove, user, id).affected_rows() == 0) throw not_found();
    return Change{count(tx, user), true};
  });
}

InboxStore::Change InboxStore::mark_all_read(const Deadline& deadline, std::int64_t user) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    const bool changed = tx.exec(kMarkAllRead, user).affected_rows() > 0;
    return Change{count(tx, user), changed};
  });
}

}  // namespace marquee::notification
