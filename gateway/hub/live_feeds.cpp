#include "gateway/hub/live_feeds.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "gateway/hub/live_feed.h"
#include "libs/core/error.h"
#include "libs/core/log.h"
#include "libs/core/string_map.h"
#include "libs/live/subjects.h"

namespace marquee::gateway {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kFlushMs = 1'000;
constexpr milliseconds kAgain{250};
// How old a position must be before it is given away: what it covers has come by then.
constexpr std::chrono::seconds kPositionAge{5};

}  // namespace

struct LiveFeeds::Impl : std::enable_shared_from_this<Impl> {
  struct Feed {
    Feed(std::string topic, std::size_t kept_max, const Deliver& deliver)
        : messages(std::move(topic), kept_max, deliver) {}

    LiveFeed messages;
    // Under the lock of Impl:
    std::size_t sockets = 0;
    bool heard = false;
    std::vector<std::function<void()>> waiting;  // for it to be heard
    Clock::time_point idle_since;
    // Of the worker:
    bus::Subscription subscription;
    bool subscribed = false;
  };
  using FeedPtr = std::shared_ptr<Feed>;
  using Job = std::function<void()>;

  Impl(bus::Bus* its_bus, const LiveTypes& its_types, Limits its_limits, Deliver its_deliver)
      : bus(its_bus),
        types(its_types),
        limits(its_limits),
        deliver(std::move(its_deliver)),
        stream(its_bus, its_limits.stream) {}

  bus::Bus* const bus;
  const LiveTypes& types;
  const Limits limits;
  const Deliver deliver;

  mutable std::mutex mutex;
  StringMap<FeedPtr> feeds;
  std::vector<FeedPtr> unheard;  // to be subscribed to
  std::multimap<Clock::time_point, Job> jobs;
  std::condition_variable changed;
  bool ending = false;
  Position position;
  std::thread thread;

  // The worker's:
  LiveStream stream;
  bus::Subscription elections;
  std::string epoch;
  std::uint64_t polled = 0;
  std::uint64_t latest = 0;  // of the stream, as it was last seen

  void start();
  void run();
  void later(milliseconds delay, Job job);
  std::vector<FeedPtr> all_feeds() const;

  // What the worker does.
  bus::StreamState open_stream();
  void poll_position();
  void subscribe(const std::vector<FeedPtr>& wanted);
  void sweep();
  void catch_up(const FeedPtr& feed);
  void look_at_all();
  void begin_run(const std::string& run);
  void begin_anew(LiveFeed& feed);
  std::optional<std::vector<Events>> read_behind(
      const std::string& topic, std::uint64_t offset,
      std::uint64_t before = std::numeric_limits<std::uint64_t>::max());
  Missed read_missed(const std::string& topic, const std::string& of_epoch, std::uint64_t offset);

  // On a thread of the bus.
  void on_message(const FeedPtr& feed, const bus::Message& message);
};

void LiveFeeds::Impl::start() {
  if (bus == nullptr) return;
  bus->on_reconnect([weak = weak_from_this()] {
    auto self = weak.lock();
    if (self) self->later(milliseconds(0), [raw = self.get()] { raw->look_at_all(); });
  });
  elections =
      bus::on_election(*bus, LiveStream::kName, [weak = weak_from_this()](const std::string& run) {
        auto self = weak.lock();
        if (self) self->later(milliseconds(0), [raw = self.get(), run] { raw->begin_run(run); });
      });
  later(milliseconds(0), [this] { poll_position(); });
  thread = std::thread([this] { run(); });
}

void LiveFeeds::Impl::later(milliseconds delay, Job job) {
  std::lock_guard lock(mutex);
  jobs.emplace(Clock::now() + delay, std::move(job));
  changed.notify_one();
}

std::vector<LiveFeeds::Impl::FeedPtr> LiveFeeds::Impl::all_feeds() const {
  std::lock_guard lock(mutex);
  std::vector<FeedPtr> all;
  for (const auto& [topic, feed] : feeds) all.push_back(feed);
  return all;
}

void LiveFeeds::Impl::run() {
  std::unique_lock lock(mutex);
  while (!ending) {
    if (!unheard.empty()) {
      std::vector<FeedPtr> wanted;
      wanted.swap(unheard);
      lock.unlock();
      subscribe(wanted);
      wanted.clear();
      lock.lock();
      continue;
    }
    if (jobs.empty()) {
      changed.wait(lock);
      continue;
    }
    const auto due = jobs.begin()->first;
    if (due > Clock::now()) {
      changed.wait_until(lock, due);
      continue;
    }
    Job job = std::move(jobs.extract(jobs.begin()).mapped());
    lock.unlock();
    try {
      job();
    } catch (const Error& error) {
      log::warn("live feeds", {{"error", error.what()}});
    }
    job = nullptr;
    lock.lock();
  }
}

// Throws Error when the bus is away.
bus::StreamState LiveFeeds::Impl::open_stream() {
  bus::StreamState state = stream.open();
  latest = state.last;
  if (state.identity == epoch) return state;
  const bool other = !epoch.empty();
  epoch = state.identity;
  polled = state.last;
  {
    std::lock_guard lock(mutex);
    position = {epoch, state.last};
  }
  for (const auto& feed : all_feeds()) {
    if (other) {
      begin_anew(feed->messages);
    } else {
      feed->messages.raise_to(state.last);
    }
  }
  return state;
}

void LiveFeeds::Impl::poll_position() {
  milliseconds again = kPositionAge;
  try {
    const bus::StreamState state = open_stream();
    stream.tidy(state);
    const auto all = all_feeds();
    const bool settled = std::none_of(all.begin(), all.end(), [](const FeedPtr& feed) {
      return feed->messages.is_catching_up();
    });
    std::lock_guard lock(mutex);
    if (settled) position = {epoch, std::max(position.offset, polled)};
    polled = state.last;
  } catch (const Error&) {
    again = kAgain;
  }
  sweep();
  later(again, [this] { poll_position(); });
}

void LiveFeeds::Impl::subscribe(const std::vector<FeedPtr>& wanted) {
  std::uint64_t now = 0;
  try {
    now = open_stream().last;
  } catch (const Error& error) {
    log::warn("live events are not kept for now", {{"error", error.what()}});
  }
  for (const auto& feed : wanted) {
    feed->messages.begin_at(now);
    feed->subscription = bus->subscribe_numbered(
        live::heard_subject(feed->messages.topic()), "live.out.>",
        [weak = weak_from_this(), feed_weak = std::weak_ptr<Feed>(feed)](const auto& message) {
          auto self = weak.lock();
          auto its_feed = feed_weak.lock();
          if (self && its_feed) self->on_message(its_feed, message);
        });
  }
  bus->flush(kFlushMs);
  for (const auto& feed : wanted) feed->subscribed = true;
  std::vector<std::function<void()>> calls;
  {
    std::lock_guard lock(mutex);
    for (const auto& feed : wanted) {
      feed->heard = true;
      for (auto& call : std::exchange(feed->waiting, {})) calls.push_back(std::move(call));
    }
  }
  for (const auto& call : calls) call();
}

void LiveFeeds::Impl::sweep() {
  std::vector<FeedPtr> gone;  // ends subscriptions without the lock
  std::lock_guard lock(mutex);
  const auto before = Clock::now() - limits.kept_time;
  for (auto it = feeds.begin(); it != feeds.end();) {
    Feed& feed = *it->second;
    const bool idle = feed.sockets == 0 && feed.heard && feed.idle_since < before;
    if (idle) gone.push_back(std::move(it->second));
    it = idle ? feeds.erase(it) : std::next(it);
  }
}

void LiveFeeds::Impl::on_message(const FeedPtr& feed, const bus::Message& message) {
  auto event = LiveEvent::read(types, message.payload, message.sequence);
  if (message.sequence == 0) {
    if (event) deliver(event);
    return;
  }
  if (feed->messages.take(event, message.sequence, message.previous)) {
    later(milliseconds(0), [this, feed] { catch_up(feed); });
  }
}

void LiveFeeds::Impl::begin_anew(LiveFeed& feed) {
  feed.begin_anew(latest, LiveEvent::make(feed.topic(), "resync",
                                          R"({"stream":)" + json_text(feed.topic()) +
                                              R"(,"epoch":)" + json_text(epoch) + "}"));
}

// What the stream has of the topic behind `offset` and before `before`; nothing when it may not
// have all of it.
std::optional<std::vector<LiveFeeds::Events>> LiveFeeds::Impl::read_behind(const std::string& topic,
                                                                           std::uint64_t offset,
                                                                           std::uint64_t before) {
  if (open_stream().first > offset + 1) return std::nullopt;
  std::vector<Events> events;
  for (std::uint64_t from = offset + 1;;) {
    auto message = stream.next(topic, from);
    if (!message || message->sequence >= before) return events;
    if (events.size() >= limits.kept_messages) return std::nullopt;
    from = message->sequence + 1;
    if (auto event = LiveEvent::read(types, message->payload, message->sequence)) {
      events.push_back(std::move(event));
    }
  }
}

void LiveFeeds::Impl::catch_up(const FeedPtr& feed) {
  const std::uint64_t offset = feed->messages.begin_catching_up();
  std::optional<std::vector<Events>> missing;
  try {
    const std::string before = epoch;
    missing = read_behind(feed->messages.topic(), offset, feed->messages.first_held());
    if (!missing) open_stream();  // where it is by now
    if (epoch != before) return;  // begun anew
  } catch (const Error&) {
    later(kAgain, [this, feed] { catch_up(feed); });
    return;
  }
  if (missing) {
    feed->messages.catch_up_with(*missing);
  } else {
    begin_anew(feed->messages);
  }
}

// After a break of the connection to the bus.
void LiveFeeds::Impl::look_at_all() {
  stream.reopen();
  for (const auto& feed : all_feeds()) {
    if (feed->subscribed) catch_up(feed);
  }
}

// What was published while the stream had no leader reached nobody.
void LiveFeeds::Impl::begin_run(const std::string& run) {
  try {
    stream.begin_run(run);
    open_stream();
  } catch (const Error&) {
    later(kAgain, [this, run] { begin_run(run); });
  }
}

LiveFeeds::Missed LiveFeeds::Impl::read_missed(const std::string& topic,
                                               const std::string& of_epoch, std::uint64_t offset) {
  FeedPtr feed;
  {
    std::lock_guard lock(mutex);
    if (auto found = feeds.find(topic); found != feeds.end()) feed = found->second;
  }
  if (epoch.empty()) open_stream();
  if (of_epoch != epoch) return {};
  Missed missed;
  missed.complete = true;
  if (feed) {
    if (auto kept = feed->messages.kept_behind(offset)) {
      missed.events = std::move(*kept);
      return missed;
    }
  }
  auto read = read_behind(topic, offset);
  if (!read || of_epoch != epoch) return {};
  missed.events = std::move(*read);
  if (feed) feed->messages.keep_older(missed.events, offset);
  return missed;
}

LiveFeeds::LiveFeeds(bus::Bus* bus, const LiveTypes& types, Limits limits, Deliver deliver)
    : impl_(std::make_shared<Impl>(bus, types, limits, std::move(deliver))) {
  impl_->start();
}

LiveFeeds::~LiveFeeds() {
  stop();
}

void LiveFeeds::stop() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->ending = true;
    impl_->changed.notify_one();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->elections = {};
  StringMap<Impl::FeedPtr> feeds;
  decltype(impl_->jobs) jobs;
  {
    std::lock_guard lock(impl_->mutex);
    feeds.swap(impl_->feeds);
    jobs.swap(impl_->jobs);
    impl_->unheard.clear();
  }
  for (const auto& [topic, feed] : feeds) {
    for (const auto& call : std::exchange(feed->waiting, {})) call();
  }
}

bool LiveFeeds::join(const std::string& topic, std::function<void()> heard) {
  std::lock_guard lock(impl_->mutex);
  if (impl_->bus == nullptr || impl_->ending) return true;
  auto& feed = impl_->feeds[topic];
  if (!feed) {
    feed = std::make_shared<Impl::Feed>(topic, impl_->limits.kept_messages, impl_->deliver);
    impl_->unheard.push_back(feed);
    impl_->changed.notify_one();
  }
  ++feed->sockets;
  if (feed->heard) return true;
  feed->waiting.push_back(std::move(heard));
  return false;
}

void LiveFeeds::leave(const std::string& topic) {
  std::lock_guard lock(impl_->mutex);
  auto found = impl_->feeds.find(topic);
  if (found == impl_->feeds.end() || found->second->sockets == 0) return;
  if (--found->second->sockets == 0) found->second->idle_since = Clock::now();
}

// Answers in any case, be it that the feeds end before.
struct LiveFeeds::Question {
  explicit Question(std::function<void(Missed)> its_answer) : answer(std::move(its_answer)) {}
  ~Question() { answer(std::move(missed)); }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  std::function<void(Missed)> answer;
  Missed missed;
};

void LiveFeeds::missed(const std::string& topic, const std::string& epoch, std::uint64_t offset,
                       std::function<void(Missed)> answer) {
  auto question = std::make_shared<Question>(std::move(answer));
  std::lock_guard lock(impl_->mutex);
  if (impl_->bus == nullptr || impl_->ending) return;
  impl_->jobs.emplace(Clock::now(), [impl = impl_.get(), topic, epoch, offset, question] {
    // Fails while the bus is away: then it is not known what was missed.
    question->missed = impl->read_missed(topic, epoch, offset);
  });
  impl_->changed.notify_one();
}

LiveFeeds::Position LiveFeeds::position() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->position;
}

ResumePoint LiveFeeds::delivered(const std::string& topic) const {
  Impl::FeedPtr feed;
  ResumePoint point;
  {
    std::lock_guard lock(impl_->mutex);
    auto found = impl_->feeds.find(topic);
    if (found == impl_->feeds.end()) return point;
    feed = found->second;
    point.epoch = impl_->position.epoch;
  }
  point.offset = feed->messages.last();
  return point;
}

std::size_t LiveFeeds::topics() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->feeds.size();
}

}  // namespace marquee::gateway
