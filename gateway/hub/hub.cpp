#include "gateway/hub/hub.h"

#include <algorithm>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/hub/command_run.h"
#include "gateway/per_core.h"
#include "libs/core/ids.h"
#include "libs/core/log.h"
#include "libs/ops/live_registry.h"

namespace marquee::gateway {
namespace {

constexpr std::size_t kIdBytes = 15;
constexpr std::size_t kMany = 64;
constexpr std::chrono::microseconds kGather{500};
constexpr int kGathersMax = 4;  // in a row, while more comes
constexpr std::size_t kInstanceBytes = 6;
constexpr std::chrono::seconds kLookInterval{1};
constexpr int kLooksAtAll = 25;  // of those, one looks at all tokens again
// Over which sockets of a gateway that stops are to come again.
constexpr int kComeAgainMsMax = 5'000;
// Of events that are handed to sockets as one.
constexpr std::size_t kRunEventsMax = 64;
constexpr std::size_t kRunBytesMax = 32 * 1024;

// How many of the first events may go out as one: of one topic, and all to arrive.
std::size_t run_length(std::span<const std::shared_ptr<const LiveEvent>> events) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const auto& event : events.first(std::min(events.size(), kRunEventsMax))) {
    bytes += event->bytes();
    const bool fits = event->delivery().kind == websocket::Delivery::Kind::kLog &&
                      event->topic() == events.front()->topic() && bytes <= kRunBytesMax;
    if (!fits) break;
    ++count;
  }
  return std::max<std::size_t>(count, 1);
}

}  // namespace

// Ends sockets whose session has ended, soon after it has.
class HubCore::Looking final : public websocket::Loop::Alarm {
 public:
  explicit Looking(HubCore& core) : core_(core) {
    core_.loop_.wake_at(*this, core_.loop_.now() + kLookInterval);
  }
  void on_alarm(websocket::Loop::Time now) override {
    core_.look_at_callers();
    core_.loop_.wake_at(*this, now + kLookInterval);
  }

 private:
  HubCore& core_;
};

HubCore::HubCore(Hub& hub, net::io_context& context, std::size_t number)
    : hub_(hub), context_(context), number_(number), loop_(context), gathering_(context) {}

HubCore::~HubCore() = default;

std::shared_ptr<SocketClient> HubCore::add(SocketWire& wire, const net::ip::address& address,
                                           std::string id) {
  if (hub_.draining() || hub_.sockets_.fetch_add(1) >= hub_.parts_.config.connections_max) {
    if (!hub_.draining()) hub_.sockets_.fetch_sub(1);
    return nullptr;
  }
  if (id.empty()) id = random_token(kIdBytes);
  auto client =
      std::make_shared<SocketClient>(*this, wire, std::move(id), ++hub_.numbers_, address);
  clients_.emplace(client.get(), client);
  if (!looking_) looking_ = std::make_unique<Looking>(*this);
  return client;
}

void HubCore::forget(SocketClient& client) {
  clients_.erase(&client);
  hub_.sockets_.fetch_sub(1);
}

void HubCore::work(std::shared_ptr<SocketClient> client) {
  client->working_ = true;
  net::co_spawn(context_, run(std::move(client)), net::detached);
}

net::awaitable<void> HubCore::run(std::shared_ptr<SocketClient> client) {
  while (!client->commands_.empty()) {
    SocketCommand command = std::move(client->commands_.front());
    client->commands_.pop_front();
    hub_.count(Hub::kCommands);
    co_await run_command(client, std::move(command));
  }
  client->working_ = false;
  if (!client->gone()) client->wire()->idle();
}

void HubCore::deliver(const std::shared_ptr<const LiveEvent>& event) {
  {
    std::lock_guard lock(mutex_);
    inbox_.push_back(event);
    if (inbox_.size() > 1) return;
  }
  net::post(context_, [this] { deliver_soon(); });
}

bool HubCore::is_for_many(const LiveEvent& event) {
  const auto* topic = topics_.find(event.topic());
  return topic != nullptr && topic->members.size() >= kMany;
}

std::vector<std::pair<std::string, ResumePoint>> HubCore::points_of(const SocketClient& client) {
  std::vector<std::pair<std::string, ResumePoint>> points;
  for (const auto& [topic, member] : client.topics()) {
    points.emplace_back(topic, hub_.feeds().delivered(topic));
  }
  // Of what the feeds had delivered then, some may wait here.
  deliver_all();
  for (auto& [topic, point] : points) {
    const auto* heard = topics_.find(topic);
    if (heard != nullptr) point.offset = std::max(point.offset, heard->heard);
  }
  return points;
}

// What many hear waits a moment for what is said along with it: they get it in one write.
void HubCore::deliver_soon() {
  bool for_many = false;
  {
    std::lock_guard lock(mutex_);
    for_many = std::any_of(inbox_.begin(), inbox_.end(),
                           [this](const auto& event) { return is_for_many(*event); });
  }
  if (!for_many) return deliver_all();
  gather(0, kGathersMax);
}

// Until a wait in which nothing came, or `waits` of them; `before`: how many there were.
void HubCore::gather(std::size_t before, int waits) {
  std::size_t waiting = 0;
  {
    std::lock_guard lock(mutex_);
    waiting = inbox_.size();
  }
  if (waits == 0 || waiting == before) return deliver_all();
  gathering_.expires_after(kGather);
  gathering_.async_wait(
      [this, waiting, waits](const boost::system::error_code&) { gather(waiting, waits - 1); });
}

void HubCore::deliver_all() {
  std::vector<std::shared_ptr<const LiveEvent>> events;
  {
    std::lock_guard lock(mutex_);
    events.swap(inbox_);
  }
  for (Events rest = events; !rest.empty();) {
    const std::size_t count = is_for_many(*rest.front()) ? run_length(rest) : 1;
    deliver_run(rest.first(count));
    rest = rest.subspan(count);
  }
}

// What the members of one topic hear next.
void HubCore::deliver_run(Events events) {
  auto* topic = topics_.find(events.front()->topic());
  if (topic == nullptr) return;
  topic->heard = std::max(topic->heard, events.back()->sequence());
  const auto* members = &topic->members;
  const auto whole = events.size() == 1 ? events.front() : LiveEvent::together(events);
  for (Membership* member : *members) {
    if (member->joined) {
      member->client->wire()->hear(*whole);
    } else {
      member->held.insert(member->held.end(), events.begin(), events.end());
    }
  }
  hub_.count(Hub::kDelivered, static_cast<std::int64_t>(members->size() * events.size()));
}

void HubCore::look_at_callers() {
  const std::uint64_t revocations = hub_.parts_.directory.revocations_generation();
  if (revocations == revocations_seen_ && ++looks_ % kLooksAtAll != 0) return;
  revocations_seen_ = revocations;
  std::vector<std::shared_ptr<SocketClient>> ended;
  for (const auto& [raw, client] : clients_) {
    if (client->token().empty()) continue;
    auto identity = hub_.parts_.authenticator.identify(client->token());
    if (!identity) continue;
    using State = Identity::State;
    if (identity->state == State::kExpired || identity->state == State::kInvalid) {
      ended.push_back(client);
    }
  }
  for (const auto& client : ended) {
    if (!client->gone()) {
      client->wire()->close(websocket::CloseCode::kSignedOut, "the session has ended");
    }
  }
}

void HubCore::close_all() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  std::vector<std::shared_ptr<SocketClient>> all;
  for (const auto& [raw, client] : clients_) all.push_back(client);
  for (const auto& client : all) {
    if (client->gone()) continue;
    const auto wait = std::uniform_int_distribution<int>(0, kComeAgainMsMax)(random);
    client->wire()->emit("bye", R"({"code":1012,"retry_after_ms":)" + std::to_string(wait) + "}");
    client->wire()->close(websocket::CloseCode::kRestart,
                          R"({"retry_after_ms":)" + std::to_string(wait) + "}");
  }
}

void HubCore::stop() {
  looking_.reset();
  loop_.stop();
}

Hub::Hub(Parts parts) : parts_(parts), instance_(random_token(kInstanceBytes)) {
  for (std::size_t i = 0; i < parts_.threads.size(); ++i) {
    cores_.push_back(std::make_unique<HubCore>(*this, parts_.threads.context(i), i));
  }
}

Hub::~Hub() = default;

void Hub::start(bus::Bus* bus) {
  LiveFeeds::Limits limits;
  limits.stream.replicas = parts_.config.live_replicas;
  feeds_ = std::make_unique<LiveFeeds>(bus, parts_.types, limits,
                                       [this](const std::shared_ptr<const LiveEvent>& event) {
                                         for (auto& core : cores_) core->deliver(event);
                                       });
  if (bus != nullptr) presence_ = std::make_unique<presence::Reporter>(*bus, instance_);
}

HubCore& Hub::here() {
  return *cores_[this_core()];
}

int Hub::connections() const {
  int sum = 0;
  for (const auto& core : cores_) sum += core->loop().guests();
  return sum;
}

void Hub::drain() {
  if (draining_.exchange(true)) return;
  for (auto& core : cores_) {
    net::post(core->context(), [raw = core.get()] { raw->close_all(); });
  }
}

void Hub::stop() {
  draining_ = true;
  if (feeds_) feeds_->stop();
  for (auto& core : cores_) {
    net::post(core->context(), [raw = core.get()] { raw->stop(); });
  }
}

void Hub::leave_bus() {
  presence_.reset();
}

void Hub::add_metrics(ops::LiveRegistry& registry) {
  registry.add([this](ops::Scrape& scrape) {
    scrape.gauge("marquee_sockets", "Open sockets that hear live events", {}, sockets());
    scrape.gauge("marquee_live_topics", "Topics that are heard on the bus", {},
                 feeds_ ? feeds_->topics() : 0);
    scrape.counter("marquee_live_deliveries_total", "Live events handed to sockets", {},
                   counts_.value(kDelivered));
    scrape.counter("marquee_socket_commands_total", "Commands that sockets sent", {},
                   counts_.value(kCommands));
    scrape.counter("marquee_socket_commands_refused_total", "Of those, answered by an error", {},
                   counts_.value(kRefused));
    scrape.counter("marquee_sockets_slow_total",
                   "Sockets closed for not taking what they were sent", {}, counts_.value(kSlow));
  });
}

bool is_own_topic(std::string_view topic) {
  return topic == kEveryone || topic.starts_with("user:");
}

std::string user_topic(std::int64_t user_id) {
  return "user:" + std::to_string(user_id);
}

std::string socket_error(const Problem& problem) {
  std::string json = R"({"message":)" + json_text(problem.message) + R"(,"error":)" +
                     json_text(problem.message) + R"(,"code":)" + json_text(problem.code);
  if (!problem.fields.empty()) {
    json += R"(,"errors":{)";
    StringSet named;
    for (const auto& [field, text] : problem.fields) {
      if (!named.insert(field).second) continue;
      if (named.size() > 1) json += ',';
      json += json_text(field) + ":[" + json_text(text) + "]";
    }
    json += '}';
  }
  if (problem.retry_after_s != 0) {
    json += R"(,"retry_after":)" + std::to_string(problem.retry_after_s);
  }
  return json += '}';
}

}  // namespace marquee::gateway
