// Hears durable events for one purpose of a service: a durable pull consumer of JetStream, shared
// by all replicas. Each event is handled (libs/events/handlers.h) in a transaction together with
// its id, or with those of more events that came with it, then acknowledged: handed out at least
// once, in effect once. A handler that throws is tried again, alone (in a message of its own),
// later each time, and after Config::failures_max the event is put aside in dead_letters
// (`deploy/marquee events`). While the service's own database is away nothing is counted against
// anybody; UNAVAILABLE of anything else has five times as many attempts.
//
// A thread of its own; starts with the object, ends with it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "libs/bus/jetstream.h"
#include "libs/db/pool.h"
#include "libs/events/config.h"
#include "libs/events/consumer_store.h"
#include "libs/events/handlers.h"

namespace marquee::events {

struct ConsumerStats {
  struct Handled {
    std::string type;
    const char* outcome;
    std::uint64_t count;
  };
  std::vector<Handled> handled;
  std::uint64_t dead = 0;     // letters at the last sweep
  std::uint64_t waiting = 0;  // messages not yet settled, at the last sweep
};

// handled, duplicate (was handled before), failed (will be tried again), dead, ignored (no
// handler).
enum class Outcome { kHandled, kDuplicate, kFailed, kDead, kIgnored };

class Consumer {
 public:
  // Where a test may end the process.
  enum class Step { kFetched, kHandled, kCommitted, kAcked };
  using AtStep = std::function<void(Step)>;

  // `name`: "movie-deletions", the service and what for; never changes, it is its place in the
  // stream. `types`: "user.deleted", or with a wildcard "review.*".
  Consumer(db::Pool& pool, const bus::Bus& bus, std::string name, std::string types,
           Handlers handlers, Config config, AtStep at_step = {});
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  const std::string& name() const { return name_; }
  ConsumerStats stats() const;

 private:
  void run();
  // What came within a moment. Throws Error when the bus is away.
  void take();
  std::shared_ptr<bus::PullConsumer> member();
  void forget_member();

  // A message that was handed out, with one event or many: settled when all of them are.
  struct Message {
    bus::Delivery delivery;
    std::size_t events = 0;
    std::size_t unsettled = 0;
    bool given_back = false;

    void settle();
    void give_back(milliseconds wait);
  };
  struct Taken {
    std::shared_ptr<Message> message;
    StoredEvent event;
  };
  using Batch = std::vector<Taken>;
  // What was handed out together.
  Batch fetch();
  // Where the events end that go into one transaction with the first. None does that may be the
  // cause of an earlier failure.
  Batch::iterator end_of_run(Batch::iterator first, Batch::iterator end) const;
  // False when nothing was done.
  bool settle_run(Batch::iterator first, Batch::iterator end);
  void settle(Taken& taken);
  // So that nothing that waits for its turn is handed to others.
  void hold(Batch::iterator first, Batch::iterator end);
  // False when the consumer ends before.
  bool wait_for_database(bus::Delivery& delivery);
  // Commits its effect. Throws what the handler throws.
  Outcome handle(const StoredEvent& event);
  void failed(Taken& taken, const Error& error);
  void tell_alone(Taken& taken);
  void put_aside(Taken& taken, const std::string& error);

  void sweep();
  void retry_dead_letters();
  // False when there is none to try.
  bool retry_dead_letter();

  // False when the consumer ends.
  bool pause(milliseconds time);
  bool closing() const;
  void count(const StoredEvent& event, Outcome outcome);
  void at(Step step) const {
    if (at_step_) at_step_(step);
  }

  db::Pool& pool_;
  const bus::Bus& bus_;
  const std::string name_;
  const std::string types_;
  const Handlers handlers_;
  const Config config_;
  const AtStep at_step_;
  const ConsumerStore store_;
  int fetch_most_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable ending_;
  bool closing_ = false;
  std::shared_ptr<bus::PullConsumer> member_;  // under the lock, for stop()
  std::map<std::pair<std::string, Outcome>, std::uint64_t> handled_;

  // The thread's:
  std::optional<bus::JetStream> jetstream_;
  std::optional<bus::JetStream> retelling_;
  std::chrono::steady_clock::time_point held_at_;
  std::chrono::steady_clock::time_point swept_at_;
  std::chrono::steady_clock::time_point pruned_at_;
  std::atomic<std::uint64_t> dead_{0};
  std::atomic<std::uint64_t> waiting_{0};
  std::thread thread_;
};

}  // namespace marquee::events
