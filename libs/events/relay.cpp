#include "libs/events/relay.h"

#include "libs/core/log.h"
#include "libs/events/backoff.h"
#include "libs/events/stream.h"
#include "libs/events/wire.h"

namespace marquee::events {
namespace {

// In the database that the schema is in, replicas of one service meet in one lock.
constexpr db::Statement kLock{
    "outbox_lock",
    "SELECT pg_try_advisory_xact_lock(hashtext('marquee outbox'), hashtext(current_schema()))"};
// A statement of its own: its snapshot must be younger than the lock.
constexpr db::Statement kBatch{
    "outbox_batch",
    "SELECT id, event_id, type, subject, (extract(epoch FROM occurred_at) * 1000000)::bigint,"
    " traceparent, payload FROM outbox ORDER BY id LIMIT $1"};
constexpr db::Statement kDelete{"outbox_delete", "DELETE FROM outbox WHERE id = ANY($1::bigint[])"};
constexpr db::Statement kPending{"outbox_pending",
                                 "SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS pending"};

constexpr std::chrono::seconds kRoundMax{20};
// Of payloads in a message; the bus takes 1 MiB.
constexpr std::size_t kTogetherBytes = 256 * 1024;
// Whoever has the lock may have read before our commit.
constexpr milliseconds kOthersTurnWait{20};

Deadline round_deadline() {
  return std::chrono::steady_clock::now() + kRoundMax;
}

StoredEvent event_of(const pqxx::row& row) {
  return {row[1].as<std::string>(),  row[2].as<std::string>(), row[3].as<std::int64_t>(),
          row[4].as<std::int64_t>(), row[5].as<std::string>(), db::from_bytea(db::text(row[6]))};
}

// Told again, the same events may be in other company: their message has another name then, and
// consumers know them by their own ids.
bus::StoredMessage message_of(const std::vector<StoredEvent>& events, const std::string& prefix) {
  const StoredEvent& first = events.front();
  const std::string subject = prefix + "." + first.type;
  if (events.size() == 1) return {subject, first.id, encode(first)};
  return {subject, first.id + "+" + std::to_string(events.size()) + "+" + events.back().id,
          encode(events)};
}

std::vector<bus::StoredMessage> messages_of(const pqxx::result& rows, const Config& config) {
  std::vector<bus::StoredMessage> messages;
  std::vector<StoredEvent> together;
  std::size_t bytes = 0;
  const auto finish = [&] {
    if (!together.empty()) messages.push_back(message_of(together, config.prefix));
    together.clear();
    bytes = 0;
  };
  for (const auto& row : rows) {
    StoredEvent event = event_of(row);
    const bool full = together.size() == static_cast<std::size_t>(config.together) ||
                      bytes + event.payload.size() > kTogetherBytes;
    if (full || (!together.empty() && together.front().type != event.type)) finish();
    bytes += event.payload.size();
    together.push_back(std::move(event));
  }
  finish();
  return messages;
}

}  // namespace

Relay::Relay(db::Pool& pool, const bus::Bus& bus, Outbox& outbox, Config config, AtStep at_step)
    : pool_(pool),
      bus_(bus),
      outbox_(outbox),
      config_(std::move(config)),
      at_step_(std::move(at_step)) {
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ending_.notify_all();
  outbox_.wake();
  thread_.join();
}

RelayStats Relay::stats() const {
  return {pending_.load(std::memory_order_relaxed), static_cast<std::uint64_t>(relayed_.value())};
}

void Relay::run() {
  milliseconds wait{0};
  while (!closing()) {
    // After a failure nobody's commit hurries us.
    if (failures_ > 0) {
      pause(wait);
    } else if (wait.count() > 0) {
      outbox_.wait(wait);
    }
    if (closing()) return;
    const auto begun = std::chrono::steady_clock::now();
    wait = next_wait();
    // What comes one by one is told at once, what comes in a stream many at a time.
    if (gathering_) pause(begun + config_.gather - std::chrono::steady_clock::now());
  }
}

milliseconds Relay::next_wait() {
  gathering_ = false;
  try {
    count_pending();
    const Round round = relay();
    failures_ = 0;
    if (round == Round::kMore) return milliseconds(0);
    return round == Round::kOthersTurn ? kOthersTurnWait : config_.sweep;
  } catch (const std::exception& error) {
    jetstream_.reset();
    if (++failures_ == 1) log::warn("events not relayed", {{"error", error.what()}});
    return backoff(config_.retry_first, config_.retry_max, failures_);
  }
}

Relay::Round Relay::relay() {
  if (!bus_.connected()) throw Error::unavailable("bus", "the bus is not connected");
  if (!jetstream_) {
    jetstream_.emplace(bus_);
    ensure_stream(*jetstream_, config_);
  }
  std::size_t relayed = 0;
  const Round round = pool_.write(round_deadline(), [&](db::Tx& tx) {
    relayed = 0;
    if (!tx.exec(kLock)[0][0].as<bool>()) return Round::kOthersTurn;
    at(Step::kLocked);
    const auto rows = tx.exec(kBatch, config_.batch);
    if (rows.empty()) return Round::kDone;
    std::vector<std::int64_t> ids;
    for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
    at(Step::kRead);
    if (!jetstream_->publish(messages_of(rows, config_), config_.ack_patience)) {
      throw Error::unavailable("jetstream", "events were not acknowledged");
    }
    at(Step::kStored);
    tx.exec(kDelete, db::array(ids));
    at(Step::kDeleted);
    relayed = ids.size();
    return relayed == static_cast<std::size_t>(config_.batch) ? Round::kMore : Round::kDone;
  });
  at(Step::kCommitted);
  relayed_.add(static_cast<std::int64_t>(relayed));
  gathering_ = relayed > 0 && round == Round::kDone;
  return round;
}

void Relay::pause(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  ending_.wait_for(lock, time, [this] { return closing_; });
}

bool Relay::closing() {
  std::lock_guard lock(mutex_);
  return closing_;
}

void Relay::count_pending() {
  const auto now = std::chrono::steady_clock::now();
  if (now < counted_at_ + config_.sweep) return;
  counted_at_ = now;
  pending_ = pool_.read(round_deadline(), [](db::Tx& tx) {
    return tx.exec(kPending, kPendingCounted)[0][0].as<std::uint64_t>();
  });
}

}  // namespace marquee::events
