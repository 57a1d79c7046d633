#include "services/notification/jobs_store.h"

namespace marquee::notification {
namespace {

constexpr db::Statement kAddTell{"job_add_tell", R"sql(
  INSERT INTO jobs (task, kind, movie_id, actor_id, source_id)
  SELECT 'tell', $1, $2::bigint, $3::bigint, $4::bigint
   WHERE NOT EXISTS (SELECT FROM gone_users WHERE user_id = $3::bigint))sql"};

constexpr db::Statement kGone{"user_gone", R"sql(
  INSERT INTO gone_users (user_id) VALUES ($1::bigint) ON CONFLICT DO NOTHING)sql"};
constexpr db::Statement kDropJobs{"user_gone_jobs",
                                  "DELETE FROM jobs WHERE actor_id = $1::bigint AND task = 'tell'"};
constexpr db::Statement kAddForget{
    "job_add_forget", "INSERT INTO jobs (task, actor_id) VALUES ('forget', $1::bigint)"};
constexpr db::Statement kDropReview{
    "review_gone_jobs", "DELETE FROM jobs WHERE source_id = $1::bigint AND kind = 'review'"};

constexpr db::Statement kOwnRows{"delete_notifications_of_user", R"sql(
  WITH preferences AS (DELETE FROM preferences WHERE user_id = $1::bigint),
  choices AS (DELETE FROM channel_choices WHERE user_id = $1::bigint),
  tokens AS (DELETE FROM unsubscribe_tokens WHERE user_id = $1::bigint),
  queue AS (DELETE FROM mail_queue WHERE user_id = $1::bigint)
  DELETE FROM notifications WHERE user_id = $1::bigint)sql"};

constexpr db::Statement kClaim{"job_claim", R"sql(
  UPDATE jobs SET not_before = now() + $1::bigint * interval '1 millisecond'
   WHERE id = (SELECT id FROM jobs WHERE not_before <= now()
                ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, task, kind, coalesce(movie_id, 0), actor_id, source_id, position, failures)sql"};

constexpr db::Statement kMoveOn{"job_move_on", R"sql(
  UPDATE jobs SET position = $3::bigint, failures = 0, not_before = now()
   WHERE id = $1::bigint AND position = $2::bigint)sql"};
constexpr db::Statement kEndAt{"job_end_at",
                               "DELETE FROM jobs WHERE id = $1::bigint AND position = $2::bigint"};
constexpr db::Statement kEnd{"job_end", "DELETE FROM jobs WHERE id = $1::bigint"};
constexpr db::Statement kPutOff{"job_put_off", R"sql(
  UPDATE jobs SET failures = failures + 1,
                  not_before = now() + $2::bigint * interval '1 millisecond'
   WHERE id = $1::bigint)sql"};
constexpr db::Statement kRelease{"job_release",
                                 "UPDATE jobs SET not_before = now() WHERE id = $1::bigint"};

// Groups that are too old take nothing more.
constexpr db::Statement kCloseGroups{"close_groups", R"sql(
  UPDATE notifications SET group_key = NULL
   WHERE user_id = ANY($1::bigint[]) AND group_key = $2 AND read_at IS NULL
     AND created_at < now() - $3::bigint * interval '1 millisecond')sql"};

// $1 users, $2 kind, $3 and $4 its defaults for push and email, $5 actor, $6 object's id, $7 its
// title, $8 source, $9 group, $10 and $11 milliseconds to a mail at once and gathered.
constexpr db::Statement kTell{"tell_users", R"sql(
  WITH wanted AS (
    SELECT u.user_id,
           coalesce(c.push, $3::boolean) AND coalesce(p.push, true) AS push,
           coalesce(c.email, $4::boolean) AND coalesce(p.email, false) AS email,
           coalesce(p.digest, true) AS digest
      FROM unnest($1::bigint[]) AS u(user_id)
      LEFT JOIN channel_choices c ON c.user_id = u.user_id AND c.kind = $2
      LEFT JOIN preferences p ON p.user_id = u.user_id
     WHERE coalesce(c.inbox, true)
       AND NOT EXISTS (SELECT FROM gone_users g WHERE g.user_id = u.user_id)),
  told AS (
    INSERT INTO notifications AS n (user_id, kind, actors, actor_count, object_type, object_id,
                                    object_title, source_id, group_key)
    SELECT user_id, $2, ARRAY[$5::bigint], 1, 'movie', $6, $7, $8::bigint, $9
      FROM wanted ORDER BY user_id
    ON CONFLICT (user_id, group_key) WHERE read_at IS NULL AND group_key IS NOT NULL DO UPDATE
       SET actors = (array_remove(n.actors, $5::bigint) || $5::bigint)
                    [greatest(1, cardinality(array_remove(n.actors, $5::bigint)) - 6):],
           actor_count = n.actor_count + CASE WHEN $5::bigint = ANY (n.actors) THEN 0 ELSE 1 END,
           object_title = excluded.object_title, source_id = excluded.source_id,
           updated_at = excluded.updated_at
    RETURNING *),
  due AS (
    SELECT t.id, t.user_id,
           now() + CASE WHEN w.digest THEN $11::bigint ELSE $10::bigint END
                   * interval '1 millisecond' AS at
      FROM told t JOIN wanted w USING (user_id) WHERE w.email),
  items AS (
    INSERT INTO mail_items (notification_id, user_id, due_at)
    SELECT id, user_id, at FROM due ON CONFLICT DO NOTHING RETURNING user_id, due_at),
  queued AS (
    INSERT INTO mail_queue AS q (user_id, due_at) SELECT user_id, due_at FROM items ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET due_at = least(q.due_at, excluded.due_at))
  SELECT t.user_id, w.push, t.id, t.actor_count, to_micros(t.created_at), to_micros(t.updated_at)
    FROM told t JOIN wanted w USING (user_id) ORDER BY t.user_id)sql"};

constexpr db::Statement kCountUnread{"count_unread_of", R"sql(
  SELECT u.user_id, n.unread FROM unnest($1::bigint[]) AS u(user_id)
   CROSS JOIN LATERAL (
     SELECT count(*) AS unread
       FROM (SELECT FROM notifications
              WHERE user_id = u.user_id AND read_at IS NULL LIMIT $2::bigint) few) n)sql"};

// A notification that tells of nobody else goes.
constexpr db::Statement kForget{"forget_actor", R"sql(
  WITH theirs AS (
    SELECT id FROM notifications WHERE actors @> ARRAY[$1::bigint] LIMIT $2::bigint FOR UPDATE),
  gone AS (
    DELETE FROM notifications n USING theirs
     WHERE n.id = theirs.id AND (n.actor_count = 1 OR cardinality(n.actors) = 1)),
  left_with AS (
    UPDATE notifications n SET actors = array_remove(n.actors, $1::bigint),
                               actor_count = n.actor_count - 1
      FROM theirs
     WHERE n.id = theirs.id AND n.actor_count > 1 AND cardinality(n.actors) > 1)
  SELECT count(*) FROM theirs)sql"};

constexpr db::Statement kWaiting{"jobs_waiting", "SELECT count(*) FROM jobs"};

constexpr db::Statement kPrune{"prune_notifications", R"sql(
  DELETE FROM notifications WHERE id IN (
    SELECT id FROM notifications WHERE updated_at < now() - $1::bigint * interval '1 hour'
     ORDER BY updated_at LIMIT $2::bigint))sql"};
// What was told to them between their going and our hearing of it goes once more.
constexpr db::Statement kPruneGone{"prune_gone_users", R"sql(
  WITH old AS (
    DELETE FROM gone_users WHERE user_id IN (
      SELECT user_id FROM gone_users
       WHERE gone_at < now() - $1::bigint * interval '1 hour' LIMIT $2::bigint)
    RETURNING user_id)
  DELETE FROM notifications USING old WHERE notifications.user_id = old.user_id)sql"};

Job read_job(const pqxx::row& row) {
  Job job;
  job.id = row[0].as<std::int64_t>();
  job.forget = db::text(row[1]) == "forget";
  job.kind = row[2].c_str();
  job.movie_id = row[3].as<std::int64_t>();
  job.actor_id = row[4].as<std::int64_t>();
  if (!row[5].is_null()) job.source_id = row[5].as<std::int64_t>();
  job.position = row[6].as<std::int64_t>();
  job.failures = row[7].as<int>();
  return job;
}

}  // namespace

void JobsStore::add_tell(db::Tx& tx, const Job& job) const {
  tx.exec(kAddTell, job.kind, job.movie_id, job.actor_id, job.source_id);
}

void JobsStore::user_gone(db::Tx& tx, std::int64_t user) const {
  tx.exec(kGone, user);
  tx.exec(kDropJobs, user);
  tx.exec(kOwnRows, user);
  tx.exec(kAddForget, user);
}

void JobsStore::review_gone(db::Tx& tx, std::int64_t review) const {
  tx.exec(kDropReview, review);
}

std::optional<Job> JobsStore::claim(const Deadline& deadline,
                                    std::chrono::milliseconds lease) const {
  const auto rows = pool_.write_statement(deadline, [&](db::Tx& tx) {
    return tx.exec(kClaim, static_cast<std::int64_t>(lease.count()));
  });
  if (rows.empty()) return std::nullopt;
  return read_job(rows[0]);
}

std::optional<std::vector<Told>> JobsStore::tell(const Deadline& deadline, const Job& job,
                                                 const std::vector<std::int64_t>& users,
                                                 std::optional<std::int64_t> next,
                                                 const std::string& title,
                                                 const TellRules& rules) const {
  const KindRow& kind = *find_kind(job.kind);
  const std::string object = std::to_string(job.movie_id);
  const std::string group = job.kind + ":" + object;
  return pool_.write(deadline, [&](db::Tx& tx) -> std::optional<std::vector<Told>> {
    const auto moved = next ? tx.exec(kMoveOn, job.id, job.position, *next)
                            : tx.exec(kEndAt, job.id, job.position);
    if (moved.affected_rows() == 0) return std::nullopt;
    std::vector<Told> all;
    if (users.empty()) return all;
    const std::string ids = db::array(users);
    tx.exec(kCloseGroups, ids, group, static_cast<std::int64_t>(rules.group_window.count()));
    for (const auto& row : tx.exec(kTell, ids, kind.name, kind.defaults.push, kind.defaults.email,
                                   job.actor_id, object, title, job.source_id, group,
                                   static_cast<std::int64_t>(rules.mail_delay.count()),
                                   static_cast<std::int64_t>(rules.mail_digest.count()))) {
      Told told;
      told.user_id = row[0].as<std::int64_t>();
      told.push = row[1].as<bool>();
      auto& notification = told.notification;
      notification.id = row[2].as<std::int64_t>();
      notification.kind = job.kind;
      notification.actor_id = job.actor_id;
      notification.actor_count = row[3].as<int>();
      notification.object_type = "movie";
      notification.object_id = object;
      notification.object_title = title;
      notification.source_id = job.source_id;
      notification.created_at_us = row[4].as<std::int64_t>();
      notification.updated_at_us = row[5].as<std::int64_t>();
      all.push_back(std::move(told));
    }
    std::unordered_map<std::int64_t, std::int64_t> unread;
    for (const auto& row : tx.exec(kCountUnread, ids, kUnreadCounted)) {
      unread[row[0].as<std::int64_t>()] = row[1].as<std::int64_t>();
    }
    for (auto& told : all) told.unread = unread[told.user_id];
    return all;
  });
}

bool JobsStore::forget_some(const Deadline& deadline, const Job& job, std::int64_t limit) const {
  return pool_.write(deadline, [&](db::Tx& tx) {
    // What was told to the user meanwhile, too.
    tx.exec(kOwnRows, job.actor_id);
    const bool more = tx.exec(kForget, job.actor_id, limit)[0][0].as<std::int64_t>() == limit;
    tx.exec(more ? kRelease : kEnd, job.id);
    return more;
  });
}

void JobsStore::end(const Deadline& deadline, const Job& job) const {
  pool_.write_statement(deadline, [&](db::Tx& tx) { tx.exec(kEnd, job.id); });
}

void JobsStore::put_off(const Deadline& deadline, const Job& job,
                        std::chrono::milliseconds time) const {
  pool_.write_statement(deadline, [&](db::Tx& tx) {
    tx.exec(kPutOff, job.id, static_cast<std::int64_t>(time.count()));
  });
}

std::int64_t JobsStore::waiting(const Deadline& deadline) const {
  return pool_.read(deadline,
                    [&](db::Tx& tx) { return tx.exec(kWaiting)[0][0].as<std::int64_t>(); });
}

std::int64_t JobsStore::prune(const Deadline& deadline, std::chrono::hours age,
                              std::int64_t limit) const {
  return pool_.write(deadline, [&](db::Tx& tx) {
    const auto hours = static_cast<std::int64_t>(age.count());
    tx.exec(kPruneGone, hours, limit);
    return static_cast<std::int64_t>(tx.exec(kPrune, hours, limit).affected_rows());
  });
}

}  // namespace marquee::notification
