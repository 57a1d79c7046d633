#include "libs/rpc/incoming_call.h"

#include "libs/core/log.h"
#include "libs/core/turn.h"

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

void handle(const IncomingCall& incoming, ReplySink& reply) {
  core::Turn::doing(incoming.method->path.c_str());
  if (incoming.deadline.cancelled()) {
    throw Error(Code::kCancelled, "cancelled", "The client has gone");
  }
  if (time_left(incoming.deadline).count() == 0) throw Error::deadline();
  auto caller = decode_caller(incoming.caller.empty() ? "-" : incoming.caller);
  if (!caller) throw Error::unauthenticated("bad_caller", "Malformed caller identity");
  check_access(*incoming.method, *caller);
  Call call(std::move(*caller), incoming.deadline, std::string(incoming.request_id),
            incoming.fresh);
  incoming.method->handler(call, incoming.payload, reply);
}

void log_failure(const IncomingCall& call, std::string_view error) {
  log::error("call failed",
             {{"rpc", call.method->path}, {"request_id", call.request_id}, {"error", error}});
}

}  // namespace

std::optional<Error> run_handler(const IncomingCall& call, ReplySink& reply) {
  try {
    handle(call, reply);
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

Error overloaded() {
  return Error::unavailable("overloaded", "Service temporarily unavailable")
      .retry_after(std::chrono::seconds(1));
}

void record(const IncomingCall& call, const std::optional<Error>& error) {
  const ServerMethod& method = *call.method;
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - call.started;
  Code code = error ? error->code() : Code::kOk;
  if (method.seconds != nullptr) {
    method.seconds->Observe(seconds.count());
    if (code == Code::kOk) {
      method.succeeded->Increment();
    } else {
      method.metrics.requests->Add({{"rpc", method.path}, {"code", std::string(code_name(code))}})
          .Increment();
    }
  }
  if (log::debug_enabled()) {
    log::debug("rpc", {{"rpc", method.path},
                       {"request_id", call.request_id},
                       {"code", code_name(code)},
                       {"seconds", seconds.count()}});
  }
}

Deadline deadline_within(const ServerConfig& config, std::optional<std::chrono::milliseconds> asked,
                         std::shared_ptr<Cancellation> cancellation) {
  auto left = std::min(asked.value_or(config.deadline_default), config.deadline_max);
  return {std::chrono::steady_clock::now() + left, std::move(cancellation)};
}

}  // namespace marquee::rpc
