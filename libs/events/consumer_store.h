// The SQL behind Consumer: what was handled, and what could not be. Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "libs/events/wire.h"

namespace marquee::events {

struct DeadLetter {
  std::string event_id;
  std::string envelope;
};

class ConsumerStore {
 public:
  ConsumerStore(db::Pool& pool, std::string consumer)
      : pool_(pool), consumer_(std::move(consumer)) {}

  // False when the event was handled before. Waits for another transaction that handles it now.
  bool begin(db::Tx& tx, const std::string& event_id) const;
  // The same of many: the indices of those that were not, each event once, in order.
  std::vector<std::size_t> begin(db::Tx& tx, const std::vector<std::string>& event_ids) const;
  // Forgets what was handled of events that are older.
  std::int64_t prune(const Deadline& deadline, std::chrono::hours age) const;

  // Again with another error when it is there already.
  void bury(const Deadline& deadline, const StoredEvent& event, const std::string& envelope,
            std::uint64_t deliveries, const std::string& error) const;
  std::int64_t dead(const Deadline& deadline) const;
  // One that somebody wants to see tried again; locked.
  std::optional<DeadLetter> next_retry(db::Tx& tx) const;
  void forget(db::Tx& tx, const std::string& event_id) const;
  void refuse_retry(const Deadline& deadline, const std::string& event_id,
                    const std::string& error) const;

 private:
  db::Pool& pool_;
  const std::string consumer_;
};

}  // namespace marquee::events
