#include "libs/rpc/server_call.h"

#include <google/protobuf/arena.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "libs/core/ids.h"
#include "libs/core/log.h"
#include "libs/rpc/status.h"

namespace marquee::rpc {
namespace {

std::string_view metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto& all = context.client_metadata();
  auto it = all.find(key);
  return it == all.end() ? std::string_view()
                         : std::string_view(it->second.data(), it->second.size());
}

Deadline deadline_of(const grpc::CallbackServerContext& context, const ServerConfig& config) {
  auto now = std::chrono::system_clock::now();
  auto asked = context.deadline();
  auto left = asked > now + std::chrono::hours(24)
                  ? config.deadline_default
                  : std::chrono::duration_cast<std::chrono::milliseconds>(asked - now);
  return std::chrono::steady_clock::now() + std::min(left, config.deadline_max);
}

}  // namespace

ServerCall::ServerCall(const ServerMethod& method, grpc::CallbackServerContext& context,
                       const grpc::ByteBuffer& request, grpc::ByteBuffer& response)
    : method_(method),
      context_(context),
      request_(request),
      response_(response),
      deadline_(deadline_of(context, *method.config)) {
  std::string_view id = metadata(context, kRequestIdMetadata);
  request_id_ = is_request_id(id) ? std::string(id) : random_request_id();
}

void ServerCall::start() {
  if (!method_.lane->pool().post([this] { run(); })) {
    fail(Error::unavailable("overloaded", "Service temporarily unavailable")
             .retry_after(std::chrono::seconds(1)));
  }
}

void ServerCall::check_access(const Caller& caller) const {
  switch (method_.auth) {
    case api::AUTH_USER:
    case api::AUTH_ADMIN:
      if (!caller.signed_in()) {
        throw Error::unauthenticated("not_authenticated",
                                     "Authentication credentials were not provided.");
      }
      if (method_.auth == api::AUTH_ADMIN && !caller.admin()) {
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

void ServerCall::run() {
  try {
    if (context_.IsCancelled()) throw Error(Code::kCancelled, "cancelled", "The client has gone");
    if (time_left(deadline_).count() == 0) throw Error::deadline();
    std::string_view identity = metadata(context_, kCallerMetadata);
    auto caller = decode_caller(identity.empty() ? "-" : identity);
    if (!caller) throw Error::unauthenticated("bad_caller", "Malformed caller identity");
    check_access(*caller);

    google::protobuf::Arena arena;
    auto* request = method_.request->New(&arena);
    auto* reply = method_.reply->New(&arena);
    grpc::Status parsed =
        grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(&request_,
                                                                                     request);
    if (!parsed.ok()) throw Error::invalid("malformed_request", "The request could not be parsed");

    Call call(
        std::move(*caller), deadline_, request_id_,
        [this] { return context_.IsCancelled() || time_left(deadline_).count() == 0; },
        metadata(context_, kFreshMetadata) == "1");
    method_.handler(call, *request, *reply);

    bool own = false;
    grpc::Status written =
        grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(
            *reply, &response_, &own);
    if (!written.ok()) throw Error(Code::kInternal, "internal", "Internal server error");
    finish(grpc::Status::OK);
  } catch (const Error& error) {
    fail(error);
  } catch (const std::exception& error) {
    log::error("handler failed",
               {{"rpc", method_.path}, {"request_id", request_id_}, {"error", error.what()}});
    fail(Error(Code::kInternal, "internal", "Internal server error"));
  }
}

void ServerCall::fail(const Error& error) {
  if (error.code() == Code::kInternal || error.code() == Code::kUnknown) {
    log::error("call failed",
               {{"rpc", method_.path}, {"request_id", request_id_}, {"error", error.message()}});
  }
  context_.AddTrailingMetadata(kErrorMetadata, encode_error_detail(error));
  finish(to_status(error));
}

void ServerCall::finish(const grpc::Status& status) {
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started_;
  if (method_.seconds != nullptr) {
    method_.seconds->Observe(seconds.count());
    if (status.ok()) {
      method_.succeeded->Increment();
    } else {
      method_.metrics.requests
          ->Add({{"rpc", method_.path},
                 {"code", std::string(code_name(static_cast<Code>(status.error_code())))}})
          .Increment();
    }
  }
  if (log::debug_enabled()) {
    log::debug("rpc", {{"rpc", method_.path},
                       {"request_id", request_id_},
                       {"code", code_name(static_cast<Code>(status.error_code()))},
                       {"seconds", seconds.count()}});
  }
  Finish(status);
}

}  // namespace marquee::rpc
