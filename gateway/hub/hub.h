// The hub: topics on one side, sockets on the other. A service publishes a message to a topic
// (libs/live); every socket that has joined the topic, on whichever gateway and in whichever
// protocol, hears it. What a socket says is a command, and each command is an RPC that the
// descriptors name (gateway/hub/commands.h): there is no code here for any of them.
//
// A part for each I/O thread (HubCore), which holds the sockets of that thread; what comes over the
// bus is handed to those of them that have sockets. Owned by the gateway.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "gateway/authenticator.h"
#include "gateway/edge_cache.h"
#include "gateway/hub/commands.h"
#include "gateway/hub/live_feeds.h"
#include "gateway/hub/socket_client.h"
#include "gateway/hub/topic_table.h"
#include "gateway/io_threads.h"
#include "libs/core/tally.h"
#include "libs/presence/reporter.h"
#include "libs/websocket/loop.h"

namespace marquee::ops {
class LiveRegistry;
}

namespace marquee::gateway {

class Hub;

class HubCore {
 public:
  HubCore(Hub& hub, net::io_context& context, std::size_t number);
  ~HubCore();

  Hub& hub() { return hub_; }
  net::io_context& context() { return context_; }
  std::size_t number() const { return number_; }
  websocket::Loop& loop() { return loop_; }
  TopicTable& topics() { return topics_; }

  // Null when there are as many sockets as may be, or the gateway stops.
  // `id`: of one that was away and is back; else it gets a new one.
  std::shared_ptr<SocketClient> add(SocketWire& wire, const net::ip::address& address,
                                    std::string id = {});
  // Runs its commands until there is none.
  void work(std::shared_ptr<SocketClient> client);

  // From where each topic of the client goes on, should it be heard elsewhere: up to there the
  // client has heard all, and nothing of what is behind.
  std::vector<std::pair<std::string, ResumePoint>> points_of(const SocketClient& client);

  // From any thread.
  void deliver(const std::shared_ptr<const LiveEvent>& event);
  // On its own.
  void look_at_callers();
  void close_all();
  void stop();

 private:
  friend class SocketClient;
  class Looking;
  void forget(SocketClient& client);
  void deliver_soon();
  void gather(std::size_t before, int waits);
  void deliver_all();
  using Events = std::span<const std::shared_ptr<const LiveEvent>>;
  void deliver_run(Events events);
  bool is_for_many(const LiveEvent& event);
  net::awaitable<void> run(std::shared_ptr<SocketClient> client);

  Hub& hub_;
  net::io_context& context_;
  const std::size_t number_;
  websocket::Loop loop_;
  TopicTable topics_;
  std::unordered_map<SocketClient*, std::shared_ptr<SocketClient>> clients_;
  std::unique_ptr<Looking> looking_;
  net::steady_timer gathering_;
  std::uint64_t revocations_seen_ = 0;
  int looks_ = 0;

  std::mutex mutex_;
  std::vector<std::shared_ptr<const LiveEvent>> inbox_;
};

class Hub {
 public:
  struct Parts {
    const Config& config;
    const transcode::Api& api;
    const Commands& commands;
    const LiveTypes& types;
    Authenticator& authenticator;
    AuthDirectory& directory;
    RateLimiter& limiter;
    EdgeCache& cache;
    IoThreads& threads;
  };

  explicit Hub(Parts parts);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // `bus` may be null: sockets hear only what their own commands say.
  void start(bus::Bus* bus);
  void add_metrics(ops::LiveRegistry& registry);
  // No new sockets; those that are open are closed with 1012, and told when to come again.
  void drain();
  // Nothing waits for the hub any more.
  void stop();
  // After the I/O threads have ended, before the bus goes.
  void leave_bus();

  const Parts& parts() const { return parts_; }
  // Names this gateway for as long as it runs.
  const std::string& instance() const { return instance_; }
  LiveFeeds& feeds() { return *feeds_; }
  // Null without a bus.
  presence::Reporter* presence() { return presence_.get(); }
  HubCore& core(std::size_t number) { return *cores_[number]; }
  // Of this I/O thread.
  HubCore& here();
  std::size_t cores() const { return cores_.size(); }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  int sockets() const { return sockets_.load(std::memory_order_relaxed); }
  // WebSockets that are open still, be it to say good-bye.
  int connections() const;

  enum Count : std::size_t { kDelivered, kCommands, kRefused, kSlow, kCounts };
  void count(Count what, std::int64_t change = 1) { counts_.add(what, change); }

 private:
  friend class HubCore;
  friend class SocketClient;

  const Parts parts_;
  const std::string instance_;
  std::vector<std::unique_ptr<HubCore>> cores_;
  std::unique_ptr<LiveFeeds> feeds_;
  std::unique_ptr<presence::Reporter> presence_;
  std::atomic<std::uint64_t> numbers_{0};
  std::atomic<bool> draining_{false};
  std::atomic<int> sockets_{0};
  core::Tallies<kCounts> counts_;
};

// The topics that every socket joins by itself.
inline constexpr std::string_view kEveryone = "everyone";
std::string user_topic(std::int64_t user_id);

// Whether it is one of those, which say nothing about who is where.
bool is_own_topic(std::string_view topic);

// What a socket is told of a problem: {"message","error","code","errors"?,"retry_after"?}, message
// and error the same text.
std::string socket_error(const Problem& problem);

}  // namespace marquee::gateway
