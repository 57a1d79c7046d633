#include "libs/events/consumer.h"

#include <algorithm>

#include "libs/core/call_context.h"
#include "libs/core/log.h"
#include "libs/events/backoff.h"
#include "libs/events/stream.h"

namespace marquee::events {
namespace {

using std::chrono::steady_clock;

// Messages at a time, of what is handled one by one, and many together.
constexpr int kFetchFew = 32;
constexpr int kFetchMany = 256;
// Events in one transaction.
constexpr std::ptrdiff_t kRunMost = 512;
// Of ack_wait.
constexpr int kHoldsInTime = 3;
constexpr milliseconds kFetchWait{5'000};
// A user may have rated every film.
constexpr std::chrono::seconds kHandleMax{30};
constexpr std::chrono::seconds kUpkeepMax{10};
constexpr std::chrono::hours kPruneEvery{1};
// Beyond the age of the stream, for what waited long in an outbox.
constexpr std::chrono::hours kPruneMargin{24 * 7};
// What was handed out so many times more often than it may fail ends the process each time.
constexpr std::uint64_t kDeliveriesPerFailure = 5;

Deadline within(std::chrono::seconds time) {
  return steady_clock::now() + time;
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHandled:
      return "handled";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kDead:
      return "dead";
    case Outcome::kIgnored:
      return "ignored";
  }
  return "";
}

bool database_is_away(const Error& error) {
  return error.code() == Code::kUnavailable && error.reason() == "database_unavailable";
}

}  // namespace

Consumer::Consumer(db::Pool& pool, const bus::Bus& bus, std::string name, std::string types,
                   Handlers handlers, Config config, AtStep at_step)
    : pool_(pool),
      bus_(bus),
      name_(std::move(name)),
      types_(std::move(types)),
      handlers_(std::move(handlers)),
      config_(std::move(config)),
      at_step_(std::move(at_step)),
      store_(pool, name_) {
  fetch_most_ = kFetchFew;
  // Known from the start, so that a rate of them is.
  for (const auto& [type, handler] : handlers_.all()) {
    for (Outcome outcome :
         {Outcome::kHandled, Outcome::kDuplicate, Outcome::kFailed, Outcome::kDead}) {
      handled_[{type, outcome}] = 0;
    }
    if (handler.many) fetch_most_ = kFetchMany;
  }
  thread_ = std::thread([this] { run(); });
}

Consumer::~Consumer() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    if (member_) member_->stop();
  }
  ending_.notify_all();
  thread_.join();
}

ConsumerStats Consumer::stats() const {
  ConsumerStats stats;
  stats.dead = dead_.load(std::memory_order_relaxed);
  stats.waiting = waiting_.load(std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  for (const auto& [key, count] : handled_) {
    stats.handled.push_back({key.first, name_of(key.second), count});
  }
  return stats;
}

void Consumer::run() {
  int failures = 0;
  while (!closing()) {
    try {
      take();
      sweep();
      failures = 0;
    } catch (const std::exception& error) {
      forget_member();
      if (closing()) return;
      if (++failures == 1) {
        log::warn("events not heard", {{"consumer", name_}, {"error", error.what()}});
      }
      pause(backoff(config_.retry_first, config_.retry_max, failures));
    }
  }
}

void Consumer::Message::settle() {
  if (--unsettled == 0 && !given_back) delivery.ack();
}

void Consumer::Message::give_back(milliseconds wait) {
  if (!given_back) delivery.again_in(wait);
  given_back = true;
}

Consumer::Batch Consumer::fetch() {
  Batch batch;
  for (auto& delivery : member()->fetch(fetch_most_, std::min(kFetchWait, config_.sweep))) {
    auto events = decode_all(delivery.payload());
    if (events.empty()) {
      log::error(
          "unreadable event",
          {{"consumer", name_}, {"sequence", static_cast<std::int64_t>(delivery.sequence())}});
      delivery.terminate();
      continue;
    }
    auto message =
        std::make_shared<Message>(Message{std::move(delivery), events.size(), events.size()});
    for (auto& event : events) batch.push_back({message, std::move(event)});
  }
  return batch;
}

void Consumer::take() {
  if (!bus_.connected()) throw Error::unavailable("bus", "the bus is not connected");
  Batch batch = fetch();
  held_at_ = steady_clock::now();
  for (auto next = batch.begin(); next != batch.end();) {
    const auto end = end_of_run(next, batch.end());
    if (closing()) return;
    at(Step::kFetched);
    hold(next, batch.end());
    if (end - next > 1 && settle_run(next, end)) {
      next = end;
      continue;
    }
    for (; next != end && !closing(); ++next) {
      hold(next, batch.end());
      settle(*next);
    }
    if (next != end) return;
  }
}

void Consumer::hold(Batch::iterator first, Batch::iterator end) {
  const auto now = steady_clock::now();
  if (now < held_at_ + config_.ack_wait / kHoldsInTime) return;
  held_at_ = now;
  const Message* last = nullptr;
  for (; first != end; ++first) {
    Message& message = *first->message;
    if (&message != last && !message.given_back) message.delivery.still_at_it();
    last = &message;
  }
}

Consumer::Batch::iterator Consumer::end_of_run(Batch::iterator first, Batch::iterator end) const {
  const auto handler_of = [this](const Taken& taken) {
    const bool first_time = taken.message->delivery.times() == 1;
    const Handler* handler = first_time ? handlers_.find(taken.event.type) : nullptr;
    return handler != nullptr && handler->many ? handler : nullptr;
  };
  const Handler* handler = handler_of(*first);
  if (handler == nullptr) return first + 1;
  return std::find_if(first, first + std::min(end - first, kRunMost),
                      [&](const Taken& taken) { return handler_of(taken) != handler; });
}

bool Consumer::settle_run(Batch::iterator first, Batch::iterator end) {
  std::vector<std::string> ids;
  for (auto it = first; it != end; ++it) ids.push_back(it->event.id);
  std::vector<std::size_t> begun;
  try {
    pool_.write(within(kHandleMax), [&](db::Tx& tx) {
      begun = store_.begin(tx, ids);
      Handler::Events events;
      for (std::size_t index : begun) events.push_back(&first[static_cast<long>(index)].event);
      if (!events.empty()) handlers_.find(first->event.type)->handle(tx, events);
      at(Step::kHandled);
    });
  } catch (const std::exception& error) {
    log::warn("events are handled one by one",
              {{"consumer", name_}, {"type", first->event.type}, {"error", error.what()}});
    return false;
  }
  at(Step::kCommitted);
  std::vector<Outcome> outcomes(ids.size(), Outcome::kDuplicate);
  for (std::size_t index : begun) outcomes[index] = Outcome::kHandled;
  for (auto it = first; it != end; ++it) {
    it->message->settle();
    count(it->event, outcomes[static_cast<std::size_t>(it - first)]);
    at(Step::kAcked);
  }
  return true;
}

std::shared_ptr<bus::PullConsumer> Consumer::member() {
  {
    std::lock_guard lock(mutex_);
    if (member_) return member_;
  }
  jetstream_.emplace(bus_);
  ensure_stream(*jetstream_, config_);
  bus::ConsumerConfig config;
  config.stream = config_.stream;
  config.name = name_;
  config.subject = config_.prefix + "." + types_;
  config.ack_wait = config_.ack_wait;
  auto made = std::make_shared<bus::PullConsumer>(jetstream_->consume(config));
  std::lock_guard lock(mutex_);
  if (closing_) throw Error::unavailable("closing", "the consumer ends");
  member_ = made;
  return made;
}

void Consumer::forget_member() {
  std::lock_guard lock(mutex_);
  member_.reset();
}

void Consumer::settle(Taken& taken) {
  const StoredEvent& event = taken.event;
  const Trace trace = Trace::continued(event.traceparent);
  const CallContext context{event.id, &trace};
  const CallContext::Scope scope(&context);
  if (taken.message->delivery.times() >
      static_cast<std::uint64_t>(config_.failures_max) * kDeliveriesPerFailure) {
    if (taken.message->events > 1) return tell_alone(taken);
    return put_aside(taken, "Handed out again and again, and never settled");
  }
  do {
    try {
      const Outcome outcome = handle(event);
      at(Step::kCommitted);
      taken.message->settle();
      count(event, outcome);
      at(Step::kAcked);
      return;
    } catch (const Error& error) {
      if (!database_is_away(error)) return failed(taken, error);
    } catch (const std::exception& error) {
      return failed(taken, Error(Code::kInternal, "internal", error.what()));
    }
  } while (wait_for_database(taken.message->delivery));
}

// Nobody's fault: nothing is given back, so that no delivery is counted, and nothing more is taken.
bool Consumer::wait_for_database(bus::Delivery& delivery) {
  for (int waits = 1; pause(backoff(config_.retry_first, config_.retry_max, waits)); ++waits) {
    delivery.still_at_it();
    try {
      pool_.ping(within(std::chrono::seconds(1)));
      return true;
    } catch (const Error&) {
      continue;
    }
  }
  return false;
}

Outcome Consumer::handle(const StoredEvent& event) {
  const Handler* handler = handlers_.find(event.type);
  if (handler == nullptr) return Outcome::kIgnored;
  return pool_.write(within(kHandleMax), [&](db::Tx& tx) {
    if (!store_.begin(tx, event.id)) return Outcome::kDuplicate;
    (*handler)(tx, event);
    at(Step::kHandled);
    return Outcome::kHandled;
  });
}

void Consumer::failed(Taken& taken, const Error& error) {
  const StoredEvent& event = taken.event;
  const auto times = static_cast<int>(taken.message->delivery.times());
  log::warn("event not handled", {{"consumer", name_},
                                  {"type", event.type},
                                  {"delivery", static_cast<std::int64_t>(times)},
                                  {"error", error.message()}});
  if (taken.message->events > 1) {
    tell_alone(taken);
  } else if (error.code() != Code::kUnavailable && times >= config_.failures_max) {
    return put_aside(taken, error.message());
  } else {
    taken.message->give_back(backoff(config_.again_first, config_.again_max, times));
  }
  count(event, Outcome::kFailed);
}

// Others hear it a second time, and know its id.
void Consumer::tell_alone(Taken& taken) {
  const StoredEvent& event = taken.event;
  bool told = false;
  try {
    if (!retelling_) retelling_.emplace(bus_);
    told = retelling_->publish({{config_.prefix + "." + event.type, event.id, encode(event)}},
                               config_.ack_patience);
  } catch (const Error&) {
    told = false;
  }
  if (told) {
    taken.message->settle();
  } else {
    taken.message->give_back(config_.again_first);
  }
}

void Consumer::put_aside(Taken& taken, const std::string& error) {
  const StoredEvent& event = taken.event;
  bus::Delivery& delivery = taken.message->delivery;
  try {
    store_.bury(within(kUpkeepMax), event, encode(event), delivery.times(), error);
  } catch (const Error& failure) {
    log::warn("event not put aside", {{"consumer", name_}, {"error", failure.message()}});
    taken.message->give_back(config_.again_first);
    return;
  }
  delivery.terminate();
  dead_.fetch_add(1, std::memory_order_relaxed);
  count(event, Outcome::kDead);
  log::error(
      "event put aside",
      {{"consumer", name_}, {"type", event.type}, {"subject", event.subject}, {"error", error}});
}

void Consumer::sweep() {
  const auto now = steady_clock::now();
  if (now < swept_at_ + config_.sweep) return;
  swept_at_ = now;
  try {
    retry_dead_letters();
    dead_ = static_cast<std::uint64_t>(store_.dead(within(kUpkeepMax)));
    if (now >= pruned_at_ + kPruneEvery) {
      pruned_at_ = now;
      store_.prune(within(kUpkeepMax), config_.max_age + kPruneMargin);
    }
  } catch (const Error& error) {
    log::warn("events not swept", {{"consumer", name_}, {"error", error.message()}});
  }
  const auto backlog = jetstream_->backlog(config_.stream, name_);
  waiting_ = backlog.pending + backlog.unacked;
}

void Consumer::retry_dead_letters() {
  while (!closing() && retry_dead_letter()) continue;
}

bool Consumer::retry_dead_letter() {
  std::string tried;
  try {
    return pool_.write(within(kHandleMax), [&](db::Tx& tx) {
      const auto letter = store_.next_retry(tx);
      if (!letter) return false;
      tried = letter->event_id;
      const auto event = decode(letter->envelope);
      const Handler* handler = event ? handlers_.find(event->type) : nullptr;
      if (handler == nullptr) {
        throw Error::invalid("no_handler", "This version has no handler for it");
      }
      if (store_.begin(tx, event->id)) (*handler)(tx, *event);
      store_.forget(tx, tried);
      tx.after_commit([this, done = *event] { count(done, Outcome::kHandled); });
      return true;
    });
  } catch (const Error& error) {
    if (tried.empty() || database_is_away(error)) throw;
    store_.refuse_retry(within(kUpkeepMax), tried, error.message());
    return true;
  }
}

bool Consumer::pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !ending_.wait_for(lock, time, [this] { return closing_; });
}

bool Consumer::closing() const {
  std::lock_guard lock(mutex_);
  return closing_;
}

void Consumer::count(const StoredEvent& event, Outcome outcome) {
  // Types without a handler are whatever the wildcard lets in.
  const std::string type = handlers_.find(event.type) != nullptr ? event.type : "other";
  std::lock_guard lock(mutex_);
  ++handled_[{type, outcome}];
}

}  // namespace marquee::events
