#include "gateway/upstream.h"

#include <condition_variable>
#include <mutex>
#include <unordered_set>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include "gateway/one_shot.h"
#include "libs/rpc/caller.h"
#include "marquee/api/error.pb.h"

namespace marquee::gateway {
namespace {

constexpr std::uint32_t kOverloadRetryMs = 1'000;

grpc::ChannelArguments channel_arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Also bounds one attempt to connect, so not as short as the first back-off.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1'000);
  return arguments;
}

bool is_ipv4(const std::string& address) {
  return address.find_first_not_of("0123456789.:") == std::string::npos;
}

// Numbers make one target that gRPC balances; each name is resolved and balanced by itself.
std::vector<std::string> targets_of(const std::vector<std::string>& addresses) {
  std::vector<std::string> targets;
  std::string numbers;
  for (const auto& address : addresses) {
    if (is_ipv4(address)) {
      numbers += (numbers.empty() ? "ipv4:" : ",") + address;
    } else {
      targets.push_back("dns:///" + address);
    }
  }
  if (!numbers.empty()) targets.push_back(numbers);
  return targets;
}

void read_detail(const grpc::ClientContext& context, UpstreamReply& reply) {
  const auto& trailers = context.GetServerTrailingMetadata();
  auto found = trailers.find(rpc::kErrorMetadata);
  marquee::api::ErrorDetail detail;
  if (found == trailers.end() ||
      !detail.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()))) {
    return;
  }
  reply.from_service = true;
  reply.reason = detail.reason();
  reply.retry_after_ms = detail.retry_after_ms();
  for (const auto& field : detail.fields()) {
    reply.fields.emplace_back(field.field(), field.message());
  }
}

void read_payload(const grpc::ByteBuffer& buffer, std::string& payload) {
  grpc::Slice single;
  if (buffer.TrySingleSlice(&single).ok()) {
    payload.assign(reinterpret_cast<const char*>(single.begin()), single.size());
    return;
  }
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return;
  payload.reserve(buffer.Length());
  for (const auto& slice : slices) {
    payload.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
}

}  // namespace

struct Upstream::Attempt {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
  grpc::Status status;
  OneShot done;
};

struct Upstream::Impl {
  struct Replica {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<grpc::GenericStub> stub;
  };
  std::vector<Replica> replicas;
  std::atomic<std::size_t> next{0};

  std::mutex mutex;
  std::condition_variable none_left;
  std::unordered_set<Attempt*> attempts;

  grpc::GenericStub& pick() {
    std::size_t first = next.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; replicas.size() > 1 && i < replicas.size(); ++i) {
      Replica& replica = replicas[(first + i) % replicas.size()];
      if (replica.channel->GetState(true) != GRPC_CHANNEL_TRANSIENT_FAILURE) return *replica.stub;
    }
    return *replicas[first % replicas.size()].stub;
  }

  void finished(Attempt& attempt) {
    std::lock_guard lock(mutex);
    attempts.erase(&attempt);
    if (attempts.empty()) none_left.notify_all();
  }
};

Upstream::Upstream(UpstreamAddress address, int inflight_max)
    : name_(std::move(address.name)), inflight_max_(inflight_max), impl_(std::make_unique<Impl>()) {
  for (const auto& target : targets_of(address.addresses)) {
    auto channel =
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), channel_arguments());
    channel->GetState(true);
    impl_->replicas.push_back({channel, std::make_unique<grpc::GenericStub>(channel)});
  }
}

Upstream::~Upstream() {
  std::unique_lock lock(impl_->mutex);
  impl_->none_left.wait(lock, [this] { return impl_->attempts.empty(); });
}

void Upstream::cancel_all() {
  std::lock_guard lock(impl_->mutex);
  for (Attempt* attempt : impl_->attempts) attempt->context.TryCancel();
}

std::shared_ptr<Upstream::Attempt> Upstream::start(const UpstreamCall& call) {
  auto attempt = std::make_shared<Attempt>();
  auto& context = attempt->context;
  context.set_deadline(std::chrono::system_clock::now() + time_left(call.deadline));
  context.AddMetadata(rpc::kCallerMetadata, call.caller);
  if (call.fresh) context.AddMetadata(rpc::kFreshMetadata, "1");
  if (!call.request_id.empty()) context.AddMetadata(rpc::kRequestIdMetadata, call.request_id);
  if (!call.traceparent.empty()) context.AddMetadata("traceparent", call.traceparent);
  grpc::Slice slice(call.payload.data(), call.payload.size());
  attempt->request = grpc::ByteBuffer(&slice, 1);
  {
    std::lock_guard lock(impl_->mutex);
    impl_->attempts.insert(attempt.get());
  }
  impl_->pick().UnaryCall(&context, call.path, grpc::StubOptions(), &attempt->request,
                          &attempt->reply, [this, attempt](grpc::Status status) {
                            attempt->status = std::move(status);
                            attempt->done.set();
                            impl_->finished(*attempt);
                          });
  return attempt;
}

net::awaitable<UpstreamReply> Upstream::call(UpstreamCall call) {
  UpstreamReply reply;
  struct Slot {
    std::atomic<int>& count;
    int taken = count.fetch_add(1, std::memory_order_relaxed) + 1;
    ~Slot() { count.fetch_sub(1, std::memory_order_relaxed); }
  } slot{in_flight_};
  if (slot.taken > inflight_max_) {
    reply.code = Code::kUnavailable;
    reply.reason = "overloaded";
    reply.retry_after_ms = kOverloadRetryMs;
    co_return reply;
  }
  for (bool again = call.retry;; again = false) {
    std::shared_ptr<Attempt> attempt = start(call);
    co_await attempt->done.wait();
    reply = UpstreamReply();
    reply.code = static_cast<Code>(attempt->status.error_code());
    if (reply.ok()) {
      read_payload(attempt->reply, reply.payload);
      co_return reply;
    }
    reply.message = attempt->status.error_message();
    read_detail(attempt->context, reply);
    bool worth_it = reply.code == Code::kUnavailable && reply.retry_after_ms == 0;
    if (!again || !worth_it || time_left(call.deadline).count() == 0) co_return reply;
  }
}

}  // namespace marquee::gateway
