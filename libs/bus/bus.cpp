#include "libs/bus/bus.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <nats/nats.h>

#include "libs/core/log.h"

namespace marquee::bus {
namespace {

// In microseconds since 1970.
constexpr char kSentAt[] = "Marquee-Sent-At";

std::int64_t now_us() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

struct MessageDeleter {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
struct OptionsDeleter {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
struct ConnectionDeleter {
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
};

void check(natsStatus status, const char* what) {
  if (status != NATS_OK) {
    throw std::runtime_error(std::string(what) + ": " + natsStatus_GetText(status));
  }
}

}  // namespace

// Shared by the subscriptions to one subject, and the bus that tells of it.
struct ReceivedTally {
  std::string subject;
  core::Tally messages;
  core::Durations age;
};

struct Subscription::Impl {
  std::shared_ptr<ReceivedTally> tally;
  natsSubscription* subscription = nullptr;
  std::function<void(const Message&)> handler;
  std::mutex mutex;  // held while the handler runs
  bool ended = false;
  std::shared_ptr<Impl> self;  // until NATS has called back for the last time
};

struct Bus::Impl {
  std::unique_ptr<natsOptions, OptionsDeleter> options;
  std::unique_ptr<natsConnection, ConnectionDeleter> connection;
  mutable std::mutex mutex;
  std::vector<std::function<void()>> reconnect_handlers;
  std::vector<std::shared_ptr<ReceivedTally>> received;  // under the lock, as the handlers are
  core::Tally sent;
  core::Tally lost;
  std::atomic<std::uint64_t> connects{0};
  std::atomic<bool> closing{false};
  std::promise<void> closed;  // NATS calls back no more

  std::shared_ptr<ReceivedTally> tally_of(const std::string& subject) {
    std::lock_guard lock(mutex);
    for (const auto& known : received) {
      if (known->subject == subject) return known;
    }
    received.push_back(std::make_shared<ReceivedTally>());
    received.back()->subject = subject;
    return received.back();
  }

  static void reconnected(natsConnection*, void* closure) {
    auto* self = static_cast<Impl*>(closure);
    std::vector<std::function<void()>> handlers;
    {
      std::lock_guard lock(self->mutex);
      handlers = self->reconnect_handlers;
    }
    self->connects.fetch_add(1, std::memory_order_relaxed);
    log::info("bus connected");
    for (const auto& handler : handlers) handler();
  }

  static void disconnected(natsConnection*, void* closure) {
    if (!static_cast<Impl*>(closure)->closing) log::warn("bus disconnected");
  }

  static void ended(natsConnection*, void* closure) {
    static_cast<Impl*>(closure)->closed.set_value();
  }
};

namespace {

// 0 where the header is missing, or nonsense.
std::int64_t number_in(natsMsg* message, const char* header) {
  const char* text = nullptr;
  if (natsMsgHeader_Get(message, header, &text) != NATS_OK || text == nullptr) return 0;
  std::int64_t number = 0;
  const std::string_view digits = text;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && number > 0 ? number : 0;
}

// Nothing is counted where the sender says nothing.
void note_age(ReceivedTally& tally, natsMsg* message) {
  const std::int64_t sent = number_in(message, kSentAt);
  if (sent == 0) return;
  // Two machines' clocks differ a little.
  tally.age.add(std::chrono::microseconds(std::max<std::int64_t>(0, now_us() - sent)));
}

Message read(natsMsg* message) {
  Message read;
  read.payload = {natsMsg_GetData(message),
                  static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  read.subject = natsMsg_GetSubject(message);
  if (const char* reply_to = natsMsg_GetReply(message)) read.reply_to = reply_to;
  read.unheard = natsMsg_IsNoResponders(message);
  read.sequence = static_cast<std::uint64_t>(number_in(message, JSSequence));
  read.previous = static_cast<std::uint64_t>(number_in(message, JSLastSequence));
  return read;
}

void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto* subscription = static_cast<Subscription::Impl*>(closure);
  subscription->tally->messages.add();
  note_age(*subscription->tally, message);
  {
    std::lock_guard lock(subscription->mutex);
    if (!subscription->ended) {
      try {
        subscription->handler(read(message));
      } catch (const std::exception& error) {
        log::error("bus handler failed", {{"error", error.what()}});
      }
    }
  }
  natsMsg_Destroy(message);
}

void on_complete(void* closure) {
  static_cast<Subscription::Impl*>(closure)->self.reset();
}

}  // namespace

Subscription::Subscription() = default;
Subscription::Subscription(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Subscription::Subscription(Subscription&&) noexcept = default;

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  Subscription old(std::move(*this));
  impl_ = std::move(other.impl_);
  return *this;
}

// The object handed to NATS is kept alive by `self` until NATS completes the subscription; ours is
// a thin owner that points to it.
Subscription::~Subscription() {
  if (!impl_ || !impl_->self) return;
  std::shared_ptr<Impl> live = impl_->self;
  {
    std::lock_guard lock(live->mutex);
    live->ended = true;
  }
  natsSubscription_Unsubscribe(live->subscription);
  natsSubscription_Destroy(live->subscription);
}

Bus::Bus(const std::string& url, const std::string& client_name, Options wanted)
    : impl_(std::make_unique<Impl>()) {
  natsOptions* options = nullptr;
  check(natsOptions_Create(&options), "NATS");
  impl_->options.reset(options);
  std::vector<std::string> urls;
  std::size_t begin = 0;
  while (begin <= url.size()) {
    std::size_t end = std::min(url.find(',', begin), url.size());
    if (end > begin) urls.push_back(url.substr(begin, end - begin));
    begin = end + 1;
  }
  if (urls.empty()) throw std::runtime_error("the NATS url is empty");
  std::vector<const char*> servers;
  for (const auto& one : urls) servers.push_back(one.c_str());
  check(natsOptions_SetServers(options, servers.data(), static_cast<int>(servers.size())),
        "NATS url");
  check(natsOptions_SetName(options, client_name.c_str()), "NATS name");
  check(natsOptions_SetNoEcho(options, !wanted.echo), "NATS");
  check(natsOptions_UseGlobalMessageDelivery(options, wanted.one_thread), "NATS");
  check(natsOptions_SetMaxReconnect(options, -1), "NATS");
  check(natsOptions_SetReconnectWait(options, 200), "NATS");
  check(natsOptions_SetReconnectJitter(options, 100, 200), "NATS");
  check(natsOptions_SetPingInterval(options, 5000), "NATS");
  check(natsOptions_SetMaxPingsOut(options, 2), "NATS");
  check(natsOptions_SetReconnectBufSize(options, 0), "NATS");
  check(natsOptions_SetReconnectedCB(options, &Impl::reconnected, impl_.get()), "NATS");
  check(natsOptions_SetDisconnectedCB(options, &Impl::disconnected, impl_.get()), "NATS");
  check(natsOptions_SetClosedCB(options, &Impl::ended, impl_.get()), "NATS");
  // Without waiting: the first connection is made like every later one, and reported by the same
  // call.
  check(natsOptions_SetRetryOnFailedConnect(options, true, &Impl::reconnected, impl_.get()),
        "NATS");
  natsConnection* connection = nullptr;
  natsStatus status = natsConnection_Connect(&connection, options);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) check(status, "NATS");
  impl_->connection.reset(connection);
  if (status == NATS_OK) impl_->connects = 1;
}

Bus::~Bus() {
  impl_->closing = true;
  if (!impl_->connection) return;
  natsConnection_Close(impl_->connection.get());
  // Its callbacks come later, on a thread of NATS, in order; this one is the last.
  impl_->closed.get_future().wait();
}

Subscription Bus::subscribe(const std::string& subject,
                            std::function<void(std::string_view)> handler) {
  return subscribe_numbered(
      subject, subject,
      [handler = std::move(handler)](const Message& message) { handler(message.payload); });
}

Subscription Bus::subscribe_numbered(const std::string& subject, const std::string& name,
                                     std::function<void(const Message&)> handler) {
  auto live = std::make_shared<Subscription::Impl>();
  live->self = live;
  live->handler = std::move(handler);
  live->tally = impl_->tally_of(name);
  natsStatus status = natsConnection_Subscribe(&live->subscription, impl_->connection.get(),
                                               subject.c_str(), &on_message, live.get());
  if (status != NATS_OK) {
    live->self.reset();
    check(status, "NATS subscribe");
  }
  natsSubscription_SetOnCompleteCB(live->subscription, &on_complete, live.get());
  auto owner = std::make_unique<Subscription::Impl>();
  owner->self = std::move(live);
  return Subscription(std::move(owner));
}

bool Bus::publish(const std::string& subject, std::string_view payload) {
  return send(subject.c_str(), nullptr, payload);
}

bool Bus::ask(const std::string& subject, const std::string& reply_to, std::string_view payload) {
  return send(subject.c_str(), reply_to.c_str(), payload);
}

bool Bus::send(const char* subject, const char* reply_to, std::string_view payload) {
  natsMsg* made = nullptr;
  char sent_at[24];
  *std::to_chars(sent_at, sent_at + sizeof(sent_at) - 1, now_us()).ptr = '\0';
  bool sent = natsMsg_Create(&made, subject, reply_to, payload.data(),
                             static_cast<int>(payload.size())) == NATS_OK;
  const std::unique_ptr<natsMsg, MessageDeleter> message(made);
  sent = sent && natsMsgHeader_Set(message.get(), kSentAt, sent_at) == NATS_OK &&
         natsConnection_PublishMsg(impl_->connection.get(), message.get()) == NATS_OK;
  (sent ? impl_->sent : impl_->lost).add();
  return sent;
}

BusStats Bus::stats() const {
  BusStats stats;
  stats.sent = static_cast<std::uint64_t>(impl_->sent.value());
  stats.lost = static_cast<std::uint64_t>(impl_->lost.value());
  const auto connects = impl_->connects.load(std::memory_order_relaxed);
  stats.reconnects = connects == 0 ? 0 : connects - 1;
  std::lock_guard lock(impl_->mutex);
  for (const auto& tally : impl_->received) {
    stats.received.push_back(
        {tally->subject, static_cast<std::uint64_t>(tally->messages.value()), tally->age.read()});
  }
  return stats;
}

void* Bus::connection() const {
  return impl_->connection.get();
}

bool Bus::connected() const {
  return natsConnection_Status(impl_->connection.get()) == NATS_CONN_STATUS_CONNECTED;
}

void Bus::on_reconnect(std::function<void()> handler) {
  std::lock_guard lock(impl_->mutex);
  impl_->reconnect_handlers.push_back(std::move(handler));
}

bool Bus::flush(int timeout_ms) {
  return natsConnection_FlushTimeout(impl_->connection.get(), timeout_ms) == NATS_OK;
}

}  // namespace marquee::bus
