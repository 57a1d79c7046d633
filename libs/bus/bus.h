// Core NATS: small messages to whoever listens now, at most once. For hints (cache invalidation,
// revocations, live events), never for facts (those are in libs/events). Connects in the
// background, reconnects for ever; while disconnected publish() drops and connected() is false.
// Each message says when it was sent, so that the receiver knows how late it is. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/tally.h"

namespace marquee::bus {

// Ends the subscription when destroyed; no callback runs after its destructor has returned.
class Subscription {
 public:
  struct Impl;
  Subscription();
  explicit Subscription(std::unique_ptr<Impl> impl);
  ~Subscription();
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;

 private:
  std::unique_ptr<Impl> impl_;
};

struct BusStats {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;  // not sent, for want of a connection
  std::uint64_t reconnects = 0;
  struct Received {
    std::string name;  // of the subject subscribed to
    std::uint64_t messages = 0;
    core::Durations::Reading age;
  };
  std::vector<Received> received;
};

// Valid during the call that it comes with.
struct Message {
  std::string_view payload;
  std::string_view subject;
  std::string_view reply_to;  // where an answer goes; empty: none is wanted
  bool unheard = false;       // the server's answer to ask(): nobody listens to that subject
  // Given by a stream on the way (libs/bus/jetstream.h); 0 where none has.
  std::uint64_t sequence = 0;
  std::uint64_t previous = 0;  // of the same subject; 0: the first
};

class Bus {
 public:
  struct Options {
    // Subscriptions hear what this Bus publishes itself.
    bool echo = true;
    // All subscriptions are called on one thread: for those who have thousands.
    bool one_thread = false;
  };
  // `url`: nats://[token@|user:password@]host:port[,...]. Returns at once.
  // Throws std::runtime_error when `url` is not one.
  Bus(const std::string& url, const std::string& client_name, Options options);
  Bus(const std::string& url, const std::string& client_name) : Bus(url, client_name, Options()) {}
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // `handler` runs on a thread of the bus: it must be short, not block and not throw. Order within
  // a subscription is kept.
  [[nodiscard]] Subscription subscribe(const std::string& subject,
                                       std::function<void(std::string_view payload)> handler);
  // The same, counted as `name` in the stats (else the subject).
  [[nodiscard]] Subscription subscribe_numbered(const std::string& subject, const std::string& name,
                                                std::function<void(const Message&)> handler);
  // False when it could not be handed to a connection.
  bool publish(const std::string& subject, std::string_view payload);
  // The same, to be answered on the subject `reply_to`.
  bool ask(const std::string& subject, const std::string& reply_to, std::string_view payload);
  bool connected() const;
  BusStats stats() const;
  // Called after every reconnect (messages may have been missed meanwhile), on a thread of the bus.
  void on_reconnect(std::function<void()> handler);
  // Waits until the server has seen everything published. False on time-out.
  bool flush(int timeout_ms);

  struct Impl;

 private:
  friend class JetStream;
  bool send(const char* subject, const char* reply_to, std::string_view payload);
  // A natsConnection.
  void* connection() const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::bus
