// One address of a service: the stream to it, kept open as long as the address is wanted, and how
// well it does. Owned by Replicas, on one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "libs/rpc/client_call.h"
#include "libs/rpc/live_calls.h"
#include "libs/rpc/loop.h"
#include "libs/rpc/replica_health.h"
#include "libs/rpc/service_state.h"
#include "libs/rpc/stream_client.h"

namespace grpc {
class ChannelCredentials;
}

namespace marquee::rpc {

// Where a replica is, and the name by which its certificate must know it.
struct Endpoint {
  std::string address;  // "10.0.0.7:9102", "[fd00::7]:9102"
  std::string host;     // "movie-service"

  friend bool operator<(const Endpoint& a, const Endpoint& b) { return a.address < b.address; }
  friend bool operator==(const Endpoint& a, const Endpoint& b) { return a.address == b.address; }
};

class Replica final : private StreamClient::Listener {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What a Replica needs of its owner.
  class Owner {
   public:
    virtual void call_ended(ClientCall& call, Answer&& answer) = 0;
    virtual void call_unsent(ClientCall& call) = 0;
    virtual void tick_needed(Time at) = 0;

   protected:
    ~Owner() = default;
  };
  struct Surroundings {
    Loop& loop;
    std::shared_ptr<LiveCalls> live;
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    ServiceState& service;
    std::minstd_rand& random;
    Owner& owner;
  };

  Replica(Endpoint endpoint, Surroundings& around, Time now);
  ~Replica();

  const std::string& address() const { return endpoint_.address; }
  // How willing it is: 0 not at all, 1 is connecting, 2 is open and does badly, 3 is open.
  int willingness(Time now) const;
  // A stream is there, and full.
  bool full() const { return stream_ && !stream_->retired() && !stream_->has_room(); }
  // Lower is better: what another call may have to wait.
  double load(Time now) const;

  void start(ClientCall& call, Time now);
  // Of a streamed call's replies.
  void taken(ClientCall& call, std::size_t bytes);
  // Nobody waits for it any more.
  void drop(ClientCall& call);
  // The same, and the replica's fault.
  void drop_late(ClientCall& call, Time now);
  // The address is not wanted any more: what is in flight ends, then nothing is left.
  void retire();
  bool gone() const;
  // Says goodbye to the server. Nothing may be in flight.
  void leave();

  void tick(Time now);
  // When tick() is needed at the latest.
  Time next_tick(Time limit) const;

 private:
  class StreamedEvents;

  void stream_opened(StreamClient& stream) override;
  void stream_draining(StreamClient& stream) override;
  void stream_pong(StreamClient& stream, std::uint64_t value) override;
  void stream_closed(StreamClient& stream) override;
  void call_ended(ClientCall& call, Answer&& answer) override;
  void call_broken(ClientCall& call) override;
  void call_unsent(ClientCall& call) override;
  void call_collects(StreamClient& stream, ClientCall& call, std::string_view name) override;

  void connect(Time now);
  void connect_later(Time now);
  void go_unary(const StreamClient& stream, ClientCall& call, std::string_view collect);
  void go_streamed(ClientCall& call);
  void failed(Time now);
  void let_go(ClientCall& call);
  void watch_ping(Time now);
  void judge(const ClientCall& call, const Answer& answer);

  const Endpoint endpoint_;
  Surroundings& around_;
  bool wanted_ = true;
  std::shared_ptr<StreamClient> stream_;              // the newest; null while none is tried
  std::vector<std::shared_ptr<StreamClient>> older_;  // draining
  struct Ended {
    std::shared_ptr<StreamClient> stream;
    Time since;
  };
  std::vector<Ended> ended_;  // the server may still have to take its leave
  std::size_t in_flight_ = 0;
  ReplicaHealth health_;
  Time fade_at_{};

  Time connecting_since_{};
  std::optional<Time> opened_at_;
  Time connect_at_{};
  int failed_connects_ = 0;
  bool opened_before_ = false;

  std::uint64_t pings_ = 0;
  std::optional<Time> pinged_at_;  // unanswered
  bool ping_is_late_ = false;
  Time ping_at_{};
};

}  // namespace marquee::rpc
