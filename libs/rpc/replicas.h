// The replicas of one service as one thread sees them: picks one for each call, minds its deadline,
// tries it again where that is allowed, and keeps streams to all addresses that are known. Each
// thread has its own, with streams of its own, so nothing here is locked; ServiceState is what the
// threads share.
//
// Everything is for the thread of `loop`. A call is answered exactly once, also from within start()
// and cancel(); who is answered may start and cancel others.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "libs/rpc/client_call.h"
#include "libs/rpc/deadline_wheel.h"
#include "libs/rpc/live_calls.h"
#include "libs/rpc/loop.h"
#include "libs/rpc/replica.h"
#include "libs/rpc/retry_budget.h"
#include "libs/rpc/service_state.h"

namespace marquee::rpc {

class Replicas final : private Replica::Owner {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Options {
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    int calls_max = 1'024;  // in flight, over all threads
    unsigned seed = 1;
  };

  // `loop` and `service` outlive it, and `live` too, whose calls must have ended before `loop`
  // goes.
  Replicas(Loop& loop, ServiceState& service, std::shared_ptr<LiveCalls> live, Options options);
  ~Replicas();

  // What the service's name stands for now. Streams are opened and retired accordingly.
  void set_endpoints(std::vector<Endpoint> endpoints);
  void start(ClientCall& call);
  // Of what received() brought a streamed call, that much has been dealt with; of one that has
  // ended it does not matter.
  void taken(ClientCall& call, std::size_t bytes);
  // Ends it with CANCELLED; nothing when it has ended.
  void cancel(ClientCall& call);
  void tick();
  // Ends all calls with CANCELLED, these and any later one, and says goodbye to the servers.
  void stop();

 private:
  void call_ended(ClientCall& call, Answer&& answer) override;
  void call_unsent(ClientCall& call) override;
  void tick_needed(Time at) override;

  void dispatch(ClientCall& call, Time now);
  Replica* pick(const ClientCall& call, Time now);
  Replica* pick_of_two(Time now);
  Replica* pick_with_care(const Replica* but, Time now);
  Replica* less_loaded(Replica& a, Replica& b, Time now);
  void finish(ClientCall& call, Answer&& answer);
  void drop_all_calls();
  void plan_tick(Time now);

  Loop& loop_;
  ServiceState& service_;
  const Options options_;
  std::minstd_rand random_;
  Replica::Surroundings around_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::vector<std::unique_ptr<Replica>> retired_;
  DeadlineWheel deadlines_;
  RetryBudget budget_;
  Time tick_at_{};
  bool stopped_ = false;
};

}  // namespace marquee::rpc
