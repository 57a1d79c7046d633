// What a handler knows of the call it answers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "libs/core/clock.h"
#include "libs/core/error.h"
#include "libs/core/trace.h"
#include "libs/rpc/caller.h"

namespace marquee::rpc {

class Call {
 public:
  Call(Caller caller, Deadline deadline, std::string request_id, bool fresh = false,
       Trace trace = Trace::continued({}))
      : caller_(std::move(caller)),
        deadline_(std::move(deadline)),
        request_id_(std::move(request_id)),
        fresh_(fresh),
        trace_(trace) {}
  // What a service asks in its own name, for the request that it is answering, or one that shares
  // the question with it; outside of any it begins a trace.
  static Call for_current_request(Deadline deadline);

  const Caller& caller() const { return caller_; }
  const Deadline& deadline() const { return deadline_; }
  const std::string& request_id() const { return request_id_; }
  const Trace& trace() const { return trace_; }
  // True once the client has gone or the deadline has passed.
  bool cancelled() const { return time_left(deadline_).count() == 0; }

  // True when what the call reads was changed a moment ago: this process may not have heard of it
  // yet, so what it holds in caches must be read again.
  bool fresh() const { return fresh_; }

  // The signed-in user's id; throws UNAUTHENTICATED for anybody else.
  std::int64_t user() const {
    if (!caller_.signed_in()) {
      throw Error::unauthenticated("not_authenticated",
                                   "Authentication credentials were not provided.");
    }
    return caller_.user_id;
  }

 private:
  Caller caller_;
  Deadline deadline_;
  std::string request_id_;
  bool fresh_;
  Trace trace_;
};

}  // namespace marquee::rpc
