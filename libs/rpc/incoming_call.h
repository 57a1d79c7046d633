// One call as a handler gets it, whichever transport brought it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/trace.h"
#include "libs/rpc/server_method.h"

namespace marquee::rpc {

struct IncomingCall {
  const ServerMethod* method = nullptr;
  std::string_view caller;      // rpc::encode_caller; empty means nobody
  std::string_view payload;     // the request's wire form
  std::string_view request_id;  // is_request_id()
  Deadline deadline;
  bool fresh = false;
  Trace trace;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  // When its handler began; nothing for one that was refused.
  std::chrono::steady_clock::time_point begun{};
};

// Checks access and runs the handler, which writes to `reply` once unless there is an error, on the
// calling thread. Never throws.
std::optional<Error> run_handler(IncomingCall& call, ReplySink& reply);

// How far a call of a server-streaming RPC has come.
struct StreamTurns {
  Service::NextTurn next;  // empty before the first turn
  bool more = true;
  std::chrono::steady_clock::time_point queued_at{};
};
// The same for its next turn, which writes any number of replies. Once begun it is not refused.
std::optional<Error> run_stream_turn(IncomingCall& call, StreamTurns& turns, ReplySink& reply);

// What a call is told that finds no room.
Error overloaded();
// Counts and logs a call that finds none, with what it is told.
void record_refused(const IncomingCall& call, const Error& refusal);

// Counts and logs a call at its end.
void record(const IncomingCall& call, const std::optional<Error>& error);

// The time a server gives a call: what was asked for within the configured bounds.
Deadline deadline_within(const ServerConfig& config, std::optional<std::chrono::milliseconds> asked,
                         std::shared_ptr<Cancellation> cancellation);

}  // namespace marquee::rpc
