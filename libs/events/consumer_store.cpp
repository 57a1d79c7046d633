#include "libs/events/consumer_store.h"

namespace marquee::events {
namespace {

constexpr db::Statement kBegin{"consumed_begin",
                               "INSERT INTO consumed_events (consumer, event_id)"
                               " VALUES ($1, $2::uuid) ON CONFLICT DO NOTHING"};
// In one order for all, so that no two wait for each other.
constexpr db::Statement kBeginMany{"consumed_begin_many", R"sql(
  WITH asked AS (
    SELECT event_id, min(n) AS n
      FROM unnest($2::uuid[]) WITH ORDINALITY AS a (event_id, n) GROUP BY event_id),
  begun AS (
    INSERT INTO consumed_events (consumer, event_id) SELECT $1, event_id FROM asked ORDER BY event_id
    ON CONFLICT DO NOTHING RETURNING event_id)
  SELECT n - 1 FROM asked JOIN begun USING (event_id) ORDER BY n)sql"};
constexpr db::Statement kPrune{"consumed_prune", R"sql(
  DELETE FROM consumed_events
   WHERE event_id < event_ids_since(now() - $2::bigint * interval '1 hour')
     AND consumer = $1)sql"};

constexpr db::Statement kBury{"dead_letter_bury", R"sql(
  INSERT INTO dead_letters AS d
         (consumer, event_id, type, subject, envelope, deliveries, error, occurred_at)
  VALUES ($1, $2::uuid, $3, $4, $5::bytea, $6, $7,
          'epoch'::timestamptz + $8::bigint * interval '1 microsecond')
  ON CONFLICT (consumer, event_id) DO UPDATE
     SET deliveries = excluded.deliveries, error = excluded.error, died_at = now())sql"};
constexpr db::Statement kDead{"dead_letters_count",
                              "SELECT count(*) FROM dead_letters WHERE consumer = $1"};
constexpr db::Statement kNextRetry{"dead_letter_next_retry", R"sql(
  SELECT event_id, envelope FROM dead_letters WHERE consumer = $1 AND retry_wanted
   ORDER BY occurred_at LIMIT 1 FOR UPDATE SKIP LOCKED)sql"};
constexpr db::Statement kForget{
    "dead_letter_forget", "DELETE FROM dead_letters WHERE consumer = $1 AND event_id = $2::uuid"};
constexpr db::Statement kRefuseRetry{"dead_letter_refuse_retry", R"sql(
  UPDATE dead_letters SET retry_wanted = false, error = $3, died_at = now()
   WHERE consumer = $1 AND event_id = $2::uuid)sql"};

}  // namespace

bool ConsumerStore::begin(db::Tx& tx, const std::string& event_id) const {
  return tx.exec(kBegin, consumer_, event_id).affected_rows() > 0;
}

std::vector<std::size_t> ConsumerStore::begin(db::Tx& tx,
                                              const std::vector<std::string>& event_ids) const {
  std::vector<std::size_t> begun;
  for (const auto& row : tx.exec(kBeginMany, consumer_, db::array(event_ids))) {
    begun.push_back(row[0].as<std::size_t>());
  }
  return begun;
}

std::int64_t ConsumerStore::prune(const Deadline& deadline, std::chrono::hours age) const {
  return pool_.write(deadline, [&](db::Tx& tx) {
    return static_cast<std::int64_t>(
        tx.exec(kPrune, consumer_, static_cast<std::int64_t>(age.count())).affected_rows());
  });
}

void ConsumerStore::bury(const Deadline& deadline, const StoredEvent& event,
                         const std::string& envelope, std::uint64_t deliveries,
                         const std::string& error) const {
  pool_.write(deadline, [&](db::Tx& tx) {
    tx.exec(kBury, consumer_, event.id, event.type, event.subject, db::bytea(envelope),
            static_cast<std::int64_t>(deliveries), error, event.occurred_at_us);
  });
}

std::int64_t ConsumerStore::dead(const Deadline& deadline) const {
  return pool_.read(deadline,
                    [&](db::Tx& tx) { return tx.exec(kDead, consumer_)[0][0].as<std::int64_t>(); });
}

std::optional<DeadLetter> ConsumerStore::next_retry(db::Tx& tx) const {
  const auto rows = tx.exec(kNextRetry, consumer_);
  if (rows.empty()) return std::nullopt;
  return DeadLetter{rows[0][0].as<std::string>(), db::from_bytea(db::text(rows[0][1]))};
}

void ConsumerStore::forget(db::Tx& tx, const std::string& event_id) const {
  tx.exec(kForget, consumer_, event_id);
}

void ConsumerStore::refuse_retry(const Deadline& deadline, const std::string& event_id,
                                 const std::string& error) const {
  pool_.write(deadline, [&](db::Tx& tx) { tx.exec(kRefuseRetry, consumer_, event_id, error); });
}

}  // namespace marquee::events
