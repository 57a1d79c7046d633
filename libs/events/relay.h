// Carries the outbox to JetStream: a thread of its own that wakes at each commit of this process
// and sweeps now and then for what other replicas left behind when they died. Replicas take turns
// by an advisory lock, so that events are told in the order of their rows, neighbours of one type
// in one message; a row goes in the transaction that saw JetStream's acknowledgement, and consumers
// drop what is told twice. While NATS or PostgreSQL is away, rows wait.
//
// One a process, owned by the service beside its Outbox; starts with the object, ends with it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/bus/jetstream.h"
#include "libs/core/tally.h"
#include "libs/db/pool.h"
#include "libs/events/config.h"
#include "libs/events/outbox.h"

namespace marquee::events {

struct RelayStats {
  std::uint64_t pending = 0;  // rows at the last sweep; no more than kPendingCounted
  std::uint64_t relayed = 0;
};

inline constexpr int kPendingCounted = 100'000;

class Relay {
 public:
  // Where a test may end the process.
  enum class Step { kLocked, kRead, kStored, kDeleted, kCommitted };
  using AtStep = std::function<void(Step)>;

  Relay(db::Pool& pool, const bus::Bus& bus, Outbox& outbox, Config config, AtStep at_step = {});
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  RelayStats stats() const;

 private:
  enum class Round { kDone, kMore, kOthersTurn };

  void run();
  // One round, and when to look again if nobody wakes us.
  milliseconds next_wait();
  // One batch. Throws Error.
  Round relay();
  // Ends early only when the relay ends.
  void pause(std::chrono::nanoseconds time);
  bool closing();
  void count_pending();
  void at(Step step) const {
    if (at_step_) at_step_(step);
  }

  db::Pool& pool_;
  const bus::Bus& bus_;
  Outbox& outbox_;
  const Config config_;
  const AtStep at_step_;
  std::optional<bus::JetStream> jetstream_;  // made by the thread; empty until the stream is there
  int failures_ = 0;                         // in a row
  bool gathering_ = false;                   // the last round told something, but was not full
  std::chrono::steady_clock::time_point counted_at_;
  std::atomic<std::uint64_t> pending_{0};
  core::Tally relayed_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace marquee::events
