#include "libs/rpc/incoming_call.h"

#include "libs/core/call_context.h"
#include "libs/core/log.h"
#include "libs/core/turn.h"
#include "libs/rpc/call_log.h"

namespace marquee::rpc {
namespace {

void check_access(const ServerMethod& method, const Caller& caller) {
  switch (method.auth) {
    case api::AUTH_USER:
    case api::AUTH_ADMIN:
      if (!caller.signed_in()) {
        throw Error::unauthenticated("not_authenticated",
                                     "Authentication credentials were not provided.");
      }
      if (method.auth == api::AUTH_ADMIN && !caller.admin()) {
        throw Error::denied("admin_only", "You do not have permission to perform this action.");
      }
      return;
    case api::AUTH_INTERNAL:
      if (caller.role != Caller::Role::kService) {
        throw Error::denied("internal_only", "This call is for services only");
      }
      return;
    default:
      return;
  }
}

Error internal_error() {
  return {Code::kInternal, "internal", "Internal server error"};
}

template <typename Work>
void handle(const IncomingCall& incoming, const Work& work) {
  core::Turn::doing(incoming.method->path.c_str());
  if (incoming.deadline.cancelled()) {
    throw Error(Code::kCancelled, "cancelled", "The client has gone");
  }
  if (time_left(incoming.deadline).count() == 0) throw Error::deadline();
  auto caller = decode_caller(incoming.caller.empty() ? "-" : incoming.caller);
  if (!caller) throw Error::unauthenticated("bad_caller", "Malformed caller identity");
  check_access(*incoming.method, *caller);
  Call call(std::move(*caller), incoming.deadline, std::string(incoming.request_id), incoming.fresh,
            incoming.trace);
  work(call);
}

void log_failure(const IncomingCall& call, std::string_view error) {
  log::error("call failed", {{"rpc", call.method->path}, {"error", error}});
}

// What throws becomes an error.
template <typename Work>
std::optional<Error> run(const IncomingCall& call, std::chrono::nanoseconds waited,
                         const Work& work) {
  const Lane::Running running(*call.method->lane, waited);
  const CallContext context{call.request_id, &call.trace};
  const CallContext::Scope scope(&context);
  try {
    handle(call, work);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() == Code::kInternal || error.code() == Code::kUnknown) {
      log_failure(call, error.message());
    }
    return error;
  } catch (const std::exception& error) {
    log_failure(call, error.what());
    return internal_error();
  }
}

// At the start of its handler.
bool is_refused(IncomingCall& call) {
  call.begun = std::chrono::steady_clock::now();
  Lane& lane = *call.method->lane;
  if (!lane.refuses(call.begun - call.started, call.begun) || call.method->shed_last) return false;
  lane.refused();
  return true;
}

}  // namespace

std::optional<Error> run_handler(IncomingCall& call, ReplySink& reply) {
  if (is_refused(call)) return overloaded();
  return run(call, call.begun - call.started,
             [&](const Call& own) { call.method->handler(own, call.payload, reply); });
}

std::optional<Error> run_stream_turn(IncomingCall& call, StreamTurns& turns, ReplySink& reply) {
  if (!turns.next && is_refused(call)) return overloaded();
  const auto waited = std::chrono::steady_clock::now() - turns.queued_at;
  return run(call, waited, [&](const Call& own) {
    if (!turns.next) turns.next = call.method->stream_handler(own, call.payload);
    turns.more = turns.next(own, reply);
  });
}

Error overloaded() {
  return Error::unavailable("overloaded", "Service temporarily unavailable")
      .retry_after(std::chrono::seconds(1));
}

void record(const IncomingCall& call, const std::optional<Error>& error) {
  const ServerMethod& method = *call.method;
  const auto now = std::chrono::steady_clock::now();
  method.tally->ended(error ? error->code() : Code::kOk, now - call.started);
  if (method.log != nullptr) method.log->add(call, error, now);
}

void record_refused(const IncomingCall& call, const Error& refusal) {
  call.method->lane->refused();
  record(call, refusal);
}

Deadline deadline_within(const ServerConfig& config, std::optional<std::chrono::milliseconds> asked,
                         std::shared_ptr<Cancellation> cancellation) {
  auto left = std::min(asked.value_or(config.deadline_default), config.deadline_max);
  return {std::chrono::steady_clock::now() + left, std::move(cancellation)};
}

}  // namespace marquee::rpc
