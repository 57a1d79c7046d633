#include "services/notification/jobs_store.h"

namespace marquee::notification {
namespace {

#define JOB_COLUMNS "id, task, kind, coalesce(movie_id, 0), actor_id, source_id, position, failures"

// No source is 0.
constexpr db::Statement kAddTells{"job_add_tells", R"sql(
  INSERT INTO jobs (task, kind, movie_id, actor_id, source_id, not_before)
  SELECT 'tell', kind, movie_id, actor_id, nullif(source_id, 0),
         now() + $5::bigint * interval '1 millisecond'
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
         AS a (kind, movie_id, actor_id, source_id, n)
   WHERE NOT EXISTS (SELECT FROM gone_users g WHERE g.user_id = a.actor_id)
   ORDER BY n
  RETURNING )sql" JOB_COLUMNS};

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
constexpr db::Statement kOwnCount{"delete_unread_count_of_user",
                                  "DELETE FROM unread_counts WHERE user_id = $1::bigint"};

// By the primary key, so that a claim changes no index.
constexpr db::Statement kClaim{"job_claim", R"sql(
  WITH due AS MATERIALIZED (
    SELECT id AS due_id FROM jobs WHERE not_before <= now()
     ORDER BY id LIMIT $2::bigint FOR UPDATE SKIP LOCKED),
  claimed AS (
    UPDATE jobs SET not_before = now() + $1::bigint * interval '1 millisecond'
      FROM due WHERE id = due_id
    RETURNING )sql" JOB_COLUMNS R"sql()
  SELECT * FROM claimed ORDER BY id)sql"};

#undef JOB_COLUMNS

constexpr db::Statement kEnd{"job_end", "DELETE FROM jobs WHERE id = $1::bigint"};
constexpr db::Statement kPutOff{"job_put_off", R"sql(
  UPDATE jobs SET failures = failures + 1,
                  not_before = now() + o.time * interval '1 millisecond'
    FROM unnest($1::bigint[], $2::bigint[]) AS o (id, time)
   WHERE jobs.id = o.id)sql"};
constexpr db::Statement kRelease{"job_release",
                                 "UPDATE jobs SET not_before = now() WHERE id = ANY($1::bigint[])"};

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

// Ids and times rise together.
constexpr db::Statement kPrune{"prune_notifications", R"sql(
  DELETE FROM notifications WHERE id IN (
    SELECT id FROM (SELECT id, created_at FROM notifications ORDER BY id LIMIT $2::bigint) oldest
     WHERE created_at < now() - $1::bigint * interval '1 hour'))sql"};
// What was told to them between their going and our hearing of it goes once more.
constexpr db::Statement kPruneGone{"prune_gone_users", R"sql(
  WITH old AS (
    DELETE FROM gone_users WHERE user_id IN (
      SELECT user_id FROM gone_users
       WHERE gone_at < now() - $1::bigint * interval '1 hour' LIMIT $2::bigint)
    RETURNING user_id),
  counts AS (DELETE FROM unread_counts USING old WHERE unread_counts.user_id = old.user_id)
  DELETE FROM notifications USING old WHERE notifications.user_id = old.user_id)sql"};

void remove_own(db::Tx& tx, std::int64_t user) {
  tx.exec(kOwnRows, user);
  tx.exec(kOwnCount, user);
}

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

std::vector<Job> read_jobs(const pqxx::result& rows) {
  std::vector<Job> jobs;
  for (const auto& row : rows) jobs.push_back(read_job(row));
  return jobs;
}

}  // namespace

std::vector<Job> JobsStore::add_tells(db::Tx& tx, const std::vector<Job>& jobs,
                                      std::chrono::milliseconds lease) const {
  std::vector<std::string> kinds;
  std::vector<std::int64_t> movies;
  std::vector<std::int64_t> actors;
  std::vector<std::int64_t> sources;
  for (const Job& job : jobs) {
    kinds.push_back(job.kind);
    movies.push_back(job.movie_id);
    actors.push_back(job.actor_id);
    sources.push_back(job.source_id.value_or(0));
  }
  return read_jobs(tx.exec(kAddTells, db::array(kinds), db::array(movies), db::array(actors),
                           db::array(sources), static_cast<std::int64_t>(lease.count())));
}

void JobsStore::user_gone(db::Tx& tx, std::int64_t user) const {
  tx.exec(kGone, user);
  tx.exec(kDropJobs, user);
  remove_own(tx, user);
  tx.exec(kAddForget, user);
}

void JobsStore::review_gone(db::Tx& tx, std::int64_t review) const {
  tx.exec(kDropReview, review);
}

std::vector<Job> JobsStore::claim(const Deadline& deadline, std::chrono::milliseconds lease,
                                  std::int64_t limit) const {
  return pool_.write_statement(deadline, [&](db::Tx& tx) {
    return read_jobs(tx.exec(kClaim, static_cast<std::int64_t>(lease.count()), limit));
  });
}

bool JobsStore::forget_some(const Deadline& deadline, const Job& job, std::int64_t limit) const {
  return pool_.write(deadline, [&](db::Tx& tx) {
    // What was told to the user meanwhile, too.
    remove_own(tx, job.actor_id);
    const bool more = tx.exec(kForget, job.actor_id, limit)[0][0].as<std::int64_t>() == limit;
    if (more) {
      tx.exec(kRelease, db::array(std::vector<std::int64_t>{job.id}));
    } else {
      tx.exec(kEnd, job.id);
    }
    return more;
  });
}

void JobsStore::end(const Deadline& deadline, const Job& job) const {
  pool_.write_statement(deadline, [&](db::Tx& tx) { tx.exec(kEnd, job.id); });
}

void JobsStore::put_off(const Deadline& deadline, const std::vector<Job>& jobs,
                        const std::vector<std::chrono::milliseconds>& times) const {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> milliseconds;
  for (const Job& job : jobs) ids.push_back(job.id);
  for (const auto time : times) milliseconds.push_back(time.count());
  pool_.write_statement(
      deadline, [&](db::Tx& tx) { tx.exec(kPutOff, db::array(ids), db::array(milliseconds)); });
}

void JobsStore::release(const Deadline& deadline, const std::vector<Job>& jobs) const {
  std::vector<std::int64_t> ids;
  for (const Job& job : jobs) ids.push_back(job.id);
  pool_.write_statement(deadline, [&](db::Tx& tx) { tx.exec(kRelease, db::array(ids)); });
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
