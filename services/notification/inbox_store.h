// The SQL of the inbox, as its owner sees and changes it. Each statement names the owner, so that
// nobody reaches another's. Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"

namespace marquee::notification {

struct StoredNotification {
  std::int64_t id = 0;
  std::string kind;
  std::int64_t actor_id = 0;  // who did it last
  int actor_count = 0;
  std::string object_type;
  std::string object_id;
  std::string object_title;
  std::optional<std::int64_t> source_id;
  std::int64_t created_at_us = 0;
  std::int64_t updated_at_us = 0;
  bool read = false;
};

struct NotificationList {
  std::vector<StoredNotification> notifications;
  std::string next_cursor;
};

struct ListRange {
  std::int64_t limit = 0;
  std::int64_t offset = 0;
  std::string cursor;  // instead of `offset`
  bool unread = false;
};

class InboxStore {
 public:
  explicit InboxStore(db::Pool& pool) : pool_(pool) {}

  // What changed last first. Throws INVALID_ARGUMENT for a bad cursor.
  NotificationList list(const Deadline& deadline, std::int64_t user, const ListRange& range);
  std::int64_t count_unread(const Deadline& deadline, std::int64_t user);

  // These tell what they did, and how many are unread after it.
  struct Change {
    std::int64_t unread = 0;
    bool changed = false;  // false: it was so already
  };
  // Both throw NOT_FOUND when the user has no such notification. What is read or gone is told by no
  // mail any more.
  Change mark_read(const Deadline& deadline, std::int64_t user, std::int64_t id);
  Change remove(const Deadline& deadline, std::int64_t user, std::int64_t id);
  Change mark_all_read(const Deadline& deadline, std::int64_t user);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::notification
