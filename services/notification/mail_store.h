// The SQL of the mails that wait. Each user's turn is claimed for a while by one process, so that
// replicas send side by side; what is not said to be done by then is somebody else's. Stateless;
// any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "services/notification/inbox_store.h"

namespace marquee::notification {

struct MailTurn {
  std::int64_t user_id = 0;
  std::string mail_id;  // the same each time that this mail is tried
  int failures = 0;     // in a row
};

class MailStore {
 public:
  explicit MailStore(db::Pool& pool) : pool_(pool) {}

  // Whose turn it is; unset when nobody's.
  std::optional<MailTurn> claim(const Deadline& deadline, std::chrono::milliseconds lease) const;
  // What waits to be told and is unread, what changed last first, up to `limit`.
  std::vector<StoredNotification> items(const Deadline& deadline, std::int64_t user,
                                        std::int64_t limit) const;
  // The user's own, made when there is none.
  std::string unsubscribe_token(const Deadline& deadline, std::int64_t user) const;

  // These were told, or nobody can be told of them: all but what was added to since. The user's
  // turn is over until the others are due.
  void done(const Deadline& deadline, const MailTurn& turn,
            const std::vector<StoredNotification>& told) const;
  void put_off(const Deadline& deadline, const MailTurn& turn,
               std::chrono::milliseconds time) const;

  // Notifications that wait for their mail.
  std::int64_t waiting(const Deadline& deadline) const;

 private:
  db::Pool& pool_;
};

}  // namespace marquee::notification
