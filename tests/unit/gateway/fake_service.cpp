#include "tests/unit/gateway/fake_service.h"

#include <mutex>
#include <set>
#include <vector>

#include "libs/rpc/caller.h"
#include "marquee/api/error.pb.h"
#include "tests/unit/rpc/fake_stream_server.h"

namespace marquee::gateway {
namespace {

using TakenCall = std::shared_ptr<rpc::TakenCall>;

marquee::api::ErrorDetail detail_of(const Error& error) {
  marquee::api::ErrorDetail detail;
  detail.set_reason(error.reason());
  detail.set_retry_after_ms(static_cast<std::uint32_t>(error.retry_after().count()));
  for (const auto& field : error.fields()) {
    auto* violation = detail.add_fields();
    violation->set_field(field.name);
    violation->set_message(field.message);
  }
  return detail;
}

// With the metadata that a call of its own would have had.
FakeCall to_fake_call(const marquee::api::CallStart& start) {
  FakeCall call;
  call.path = start.method();
  call.payload = start.payload();
  call.metadata[rpc::kCallerMetadata] = start.caller();
  if (!start.request_id().empty()) call.metadata[rpc::kRequestIdMetadata] = start.request_id();
  if (!start.traceparent().empty()) call.metadata["traceparent"] = start.traceparent();
  if (start.fresh()) call.metadata[rpc::kFreshMetadata] = "1";
  return call;
}

}  // namespace

struct FakeService::Impl {
  struct PlainFailure {
    Code code;
    std::string message;
  };

  mutable std::mutex mutex;
  std::map<std::string, FakeService::Handler> handlers;
  std::map<std::string, PlainFailure> plain_failures;
  std::map<std::string, int> counts;
  std::set<std::string> held_methods;
  std::vector<TakenCall> held;
  std::unique_ptr<rpc::FakeStreamServer> server;

  void take(const TakenCall& call);
  void answer(rpc::TakenCall& call);
};

void FakeService::Impl::take(const TakenCall& call) {
  const std::string method = call->start().method().substr(1);
  {
    std::lock_guard lock(mutex);
    ++counts[method];
    if (held_methods.contains(method)) {
      held.push_back(call);
      return;
    }
  }
  answer(*call);
}

void FakeService::Impl::answer(rpc::TakenCall& call) {
  FakeCall fake = to_fake_call(call.start());
  const std::string method = fake.path.substr(1);
  FakeService::Handler handler;
  {
    std::lock_guard lock(mutex);
    if (auto it = plain_failures.find(method); it != plain_failures.end()) {
      call.fail(static_cast<int>(it->second.code), it->second.message);
      return;
    }
    handler = handlers[method];
  }
  if (!handler) {
    call.fail(static_cast<int>(Code::kUnimplemented), "no handler");
    return;
  }
  try {
    call.reply(handler(fake)->SerializeAsString());
  } catch (const Error& error) {
    const auto detail = detail_of(error);
    call.fail(static_cast<int>(error.code()), error.message(), &detail);
  }
}

FakeService::FakeService() : impl_(std::make_unique<Impl>()) {
  impl_->server = std::make_unique<rpc::FakeStreamServer>(
      [impl = impl_.get()](const TakenCall& call) { impl->take(call); });
}

FakeService::~FakeService() {
  release();
  impl_->server.reset();
}

void FakeService::on(const std::string& method, Handler handler) {
  std::lock_guard lock(impl_->mutex);
  impl_->plain_failures.erase(method);
  impl_->handlers[method] = std::move(handler);
}

void FakeService::fail_plainly(const std::string& method, Code code, const std::string& message) {
  std::lock_guard lock(impl_->mutex);
  impl_->plain_failures[method] = {code, message};
}

int FakeService::calls(const std::string& method) const {
  std::lock_guard lock(impl_->mutex);
  auto it = impl_->counts.find(method);
  return it == impl_->counts.end() ? 0 : it->second;
}

void FakeService::hold(const std::string& method) {
  std::lock_guard lock(impl_->mutex);
  impl_->held_methods.insert(method);
}

void FakeService::release() {
  std::vector<TakenCall> held;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->held_methods.clear();
    held.swap(impl_->held);
  }
  for (const auto& call : held) impl_->answer(*call);
}

int FakeService::port() const {
  return impl_->server->port();
}

rpc::FakeStreamServer& FakeService::server() {
  return *impl_->server;
}

}  // namespace marquee::gateway
