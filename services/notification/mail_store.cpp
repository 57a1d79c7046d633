#include "services/notification/mail_store.h"

#include "libs/core/ids.h"

namespace marquee::notification {
namespace {

constexpr std::size_t kTokenBytes = 32;

constexpr db::Statement kClaim{"mail_claim", R"sql(
  UPDATE mail_queue SET not_before = now() + $1::bigint * interval '1 millisecond'
   WHERE user_id = (SELECT user_id FROM mail_queue WHERE greatest(due_at, not_before) <= now()
                     ORDER BY greatest(due_at, not_before) LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING user_id, mail_id, failures)sql"};

constexpr db::Statement kItems{"mail_items_of", R"sql(
  SELECT n.id, n.kind, n.actors[cardinality(n.actors)], n.actor_count, n.object_title,
         to_micros(n.updated_at)
    FROM mail_items i JOIN notifications n ON n.id = i.notification_id
   WHERE i.user_id = $1::bigint AND n.read_at IS NULL
   ORDER BY n.updated_at DESC, n.id DESC LIMIT $2::bigint)sql"};

constexpr db::Statement kMakeToken{"unsubscribe_make_token", R"sql(
  INSERT INTO unsubscribe_tokens (user_id, token) VALUES ($1::bigint, $2) ON CONFLICT DO NOTHING)sql"};
constexpr db::Statement kToken{"unsubscribe_token",
                               "SELECT token FROM unsubscribe_tokens WHERE user_id = $1::bigint"};

constexpr db::Statement kLock{"mail_lock", R"sql(
  SELECT FROM mail_queue WHERE user_id = $1::bigint AND mail_id = $2::uuid FOR UPDATE)sql"};
constexpr db::Statement kToldItems{"mail_told", R"sql(
  DELETE FROM mail_items i
   USING notifications n, unnest($2::bigint[], $3::bigint[]) AS told(id, updated_at)
   WHERE i.user_id = $1::bigint AND i.notification_id = told.id AND n.id = told.id
     AND to_micros(n.updated_at) <= told.updated_at)sql"};
constexpr db::Statement kReadItems{"mail_read_items", R"sql(
  DELETE FROM mail_items i USING notifications n
   WHERE i.user_id = $1::bigint AND n.id = i.notification_id AND n.read_at IS NOT NULL)sql"};
constexpr db::Statement kNextTurn{"mail_next_turn", R"sql(
  UPDATE mail_queue q SET due_at = i.due_at, not_before = now(), failures = 0,
                          mail_id = gen_random_uuid()
    FROM (SELECT min(due_at) AS due_at FROM mail_items WHERE user_id = $1::bigint) i
   WHERE q.user_id = $1::bigint AND i.due_at IS NOT NULL)sql"};
constexpr db::Statement kNoTurn{"mail_no_turn",
                                "DELETE FROM mail_queue WHERE user_id = $1::bigint"};
constexpr db::Statement kPutOff{"mail_put_off", R"sql(
  UPDATE mail_queue SET failures = failures + 1,
                        not_before = now() + $3::bigint * interval '1 millisecond'
   WHERE user_id = $1::bigint AND mail_id = $2::uuid)sql"};

constexpr db::Statement kWaiting{"mail_waiting", "SELECT count(*) FROM mail_items"};

}  // namespace

std::optional<MailTurn> MailStore::claim(const Deadline& deadline,
                                         std::chrono::milliseconds lease) const {
  const auto rows = pool_.write_statement(deadline, [&](db::Tx& tx) {
    return tx.exec(kClaim, static_cast<std::int64_t>(lease.count()));
  });
  if (rows.empty()) return std::nullopt;
  return MailTurn{rows[0][0].as<std::int64_t>(), rows[0][1].c_str(), rows[0][2].as<int>()};
}

std::vector<StoredNotification> MailStore::items(const Deadline& deadline, std::int64_t user,
                                                 std::int64_t limit) const {
  return pool_.read(deadline, [&](db::Tx& tx) {
    std::vector<StoredNotification> items;
    for (const auto& row : tx.exec(kItems, user, limit)) {
      StoredNotification item;
      item.id = row[0].as<std::int64_t>();
      item.kind = row[1].c_str();
      item.actor_id = row[2].as<std::int64_t>();
      item.actor_count = row[3].as<int>();
      item.object_title = row[4].c_str();
      item.updated_at_us = row[5].as<std::int64_t>();
      items.push_back(std::move(item));
    }
    return items;
  });
}

std::string MailStore::unsubscribe_token(const Deadline& deadline, std::int64_t user) const {
  return pool_.write(deadline, [&](db::Tx& tx) -> std::string {
    const auto known = tx.exec(kToken, user);
    if (!known.empty()) return known[0][0].c_str();
    tx.exec(kMakeToken, user, random_token(kTokenBytes));
    return tx.exec(kToken, user)[0][0].c_str();
  });
}

void MailStore::done(const Deadline& deadline, const MailTurn& turn,
                     const std::vector<StoredNotification>& told) const {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> times;
  for (const auto& item : told) {
    ids.push_back(item.id);
    times.push_back(item.updated_at_us);
  }
  pool_.write(deadline, [&](db::Tx& tx) {
    // Who adds an item waits here, or has added it already.
    if (tx.exec(kLock, turn.user_id, turn.mail_id).empty()) return;
    tx.exec(kToldItems, turn.user_id, db::array(ids), db::array(times));
    tx.exec(kReadItems, turn.user_id);
    if (tx.exec(kNextTurn, turn.user_id).affected_rows() == 0) tx.exec(kNoTurn, turn.user_id);
  });
}

void MailStore::put_off(const Deadline& deadline, const MailTurn& turn,
                        std::chrono::milliseconds time) const {
  pool_.write_statement(deadline, [&](db::Tx& tx) {
    tx.exec(kPutOff, turn.user_id, turn.mail_id, static_cast<std::int64_t>(time.count()));
  });
}

std::int64_t MailStore::waiting(const Deadline& deadline) const {
  return pool_.read(deadline,
                    [&](db::Tx& tx) { return tx.exec(kWaiting)[0][0].as<std::int64_t>(); });
}

}  // namespace marquee::notification
