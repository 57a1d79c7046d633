#include "libs/rpc/channel.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "libs/core/turn.h"
#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/channel_credentials.h"
#include "libs/rpc/status.h"

namespace marquee::rpc {
namespace {

// grpc.health.v1.HealthCheckResponse with status SERVING (field 1, value 1).
constexpr std::string_view kServing("\x08\x01", 2);
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";

}  // namespace

struct Channel::Impl {
  Impl(const std::string& target, const TlsFiles& tls, const std::string& tls_name)
      : stub([&] {
          grpc::ChannelArguments arguments;
          arguments.SetLoadBalancingPolicyName("round_robin");
          arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1'000);
          arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
          arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
          arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
          arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
          arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
          if (!tls_name.empty()) arguments.SetSslTargetNameOverride(tls_name);
          return grpc::CreateCustomChannel(target, channel_credentials(tls), arguments);
        }()) {}

  struct Answer {
    grpc::Status status;
    std::string bytes;
    std::optional<std::string> detail;
  };

  Answer call(const std::string& method, const std::string& request, const Deadline& deadline,
              const std::string& request_id, std::string_view traceparent) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + time_left(deadline));
    context.AddMetadata(kCallerMetadata, encode_caller(Caller::service()));
    context.AddMetadata(kRequestIdMetadata, request_id);
    if (!traceparent.empty()) context.AddMetadata(kTraceparent, std::string(traceparent));
    Cancellation::Hook cancel(deadline.cancellation(), [&context] { context.TryCancel(); });
    core::Turn::about_to_block();
    grpc::ByteBuffer request_buffer = to_buffer(request);
    grpc::ByteBuffer reply_buffer;
    Answer answer;
    await(context, method, request_buffer, reply_buffer, answer.status);
    if (answer.status.ok()) answer.bytes = flatten(reply_buffer);
    const auto& trailing = context.GetServerTrailingMetadata();
    if (auto it = trailing.find(kErrorMetadata); it != trailing.end()) {
      answer.detail.emplace(it->second.data(), it->second.size());
    }
    return answer;
  }

  // On a queue that this thread alone waits for: no other has to be woken.
  void await(grpc::ClientContext& context, const std::string& method,
             const grpc::ByteBuffer& request, grpc::ByteBuffer& reply, grpc::Status& status) {
    grpc::CompletionQueue queue;
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&reply, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) continue;
  }

  grpc::GenericStub stub;
};

Channel::Channel(const std::string& target, const TlsFiles& tls, const std::string& tls_name)
    : impl_(std::make_unique<Impl>(target, tls, tls_name)) {}
Channel::~Channel() = default;

void Channel::invoke(const std::string& method, const google::protobuf::Message& request,
                     google::protobuf::Message& reply, const Call& parent, bool idempotent) {
  const std::string path = "/" + method;
  const std::string bytes = request.SerializeAsString();
  for (int attempt = 1;; ++attempt) {
    auto answer = impl_->call(path, bytes, parent.deadline(), parent.request_id(),
                              parent.trace().traceparent());
    if (answer.status.ok()) {
      if (!reply.ParseFromString(answer.bytes)) {
        throw Error(Code::kInternal, "internal", "Internal server error");
      }
      return;
    }
    bool again = answer.status.error_code() == grpc::StatusCode::UNAVAILABLE && idempotent &&
                 attempt == 1 && time_left(parent.deadline()).count() > 0;
    if (!again) {
      throw to_error(answer.status, answer.detail ? std::optional<std::string_view>(*answer.detail)
                                                  : std::nullopt);
    }
  }
}

bool Channel::healthy(std::chrono::milliseconds patience) {
  auto answer =
      impl_->call(kHealthCheck, {}, std::chrono::steady_clock::now() + patience, "health", {});
  return answer.status.ok() && answer.bytes == kServing;
}

}  // namespace marquee::rpc
