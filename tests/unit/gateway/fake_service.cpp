#include "tests/unit/gateway/fake_service.h"

#include <mutex>
#include <set>
#include <vector>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "libs/rpc/caller.h"
#include "marquee/api/error.pb.h"

namespace marquee::gateway {
namespace {

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const auto& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::string detail_of(const Error& error) {
  marquee::api::ErrorDetail detail;
  detail.set_reason(error.reason());
  detail.set_retry_after_ms(static_cast<std::uint32_t>(error.retry_after().count()));
  for (const auto& field : error.fields()) {
    auto* violation = detail.add_fields();
    violation->set_field(field.name);
    violation->set_message(field.message);
  }
  return detail.SerializeAsString();
}

}  // namespace

struct FakeService::Impl : grpc::CallbackGenericService {
  class Reactor;

  mutable std::mutex mutex;
  std::map<std::string, FakeService::Handler> handlers;
  std::map<std::string, grpc::Status> plain_failures;
  std::map<std::string, int> counts;
  std::set<std::string> held_methods;
  std::vector<Reactor*> held;
  std::unique_ptr<grpc::Server> server;
  int port = 0;

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
};

class FakeService::Impl::Reactor : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(Impl& impl, grpc::GenericCallbackServerContext& context)
      : impl_(impl), context_(context) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::INTERNAL, "no request"));
      return;
    }
    std::string method = context_.method().substr(1);
    {
      std::lock_guard lock(impl_.mutex);
      ++impl_.counts[method];
      if (impl_.held_methods.contains(method)) {
        impl_.held.push_back(this);
        return;
      }
    }
    answer();
  }

  void answer() {
    FakeCall call;
    call.path = context_.method();
    call.payload = bytes_of(request_);
    for (const auto& [name, value] : context_.client_metadata()) {
      call.metadata[std::string(name.data(), name.size())] =
          std::string(value.data(), value.size());
    }
    std::string method = call.path.substr(1);
    FakeService::Handler handler;
    {
      std::lock_guard lock(impl_.mutex);
      if (auto it = impl_.plain_failures.find(method); it != impl_.plain_failures.end()) {
        Finish(it->second);
        return;
      }
      handler = impl_.handlers[method];
    }
    if (!handler) {
      Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no handler"));
      return;
    }
    try {
      std::string bytes = handler(call)->SerializeAsString();
      grpc::Slice slice(bytes);
      reply_ = grpc::ByteBuffer(&slice, 1);
      StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
    } catch (const Error& error) {
      context_.AddTrailingMetadata(rpc::kErrorMetadata, detail_of(error));
      Finish(grpc::Status(static_cast<grpc::StatusCode>(error.code()), error.message()));
    }
  }

  void OnDone() override { delete this; }

 private:
  Impl& impl_;
  grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
};

grpc::ServerGenericBidiReactor* FakeService::Impl::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  return new Reactor(*this, *context);
}

FakeService::FakeService() : impl_(std::make_unique<Impl>()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &impl_->port);
  builder.RegisterCallbackGenericService(impl_.get());
  impl_->server = builder.BuildAndStart();
}

FakeService::~FakeService() {
  release();
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

void FakeService::on(const std::string& method, Handler handler) {
  std::lock_guard lock(impl_->mutex);
  impl_->plain_failures.erase(method);
  impl_->handlers[method] = std::move(handler);
}

void FakeService::fail_plainly(const std::string& method, Code code, const std::string& message) {
  std::lock_guard lock(impl_->mutex);
  impl_->plain_failures[method] = grpc::Status(static_cast<grpc::StatusCode>(code), message);
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
  std::vector<Impl::Reactor*> held;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->held_methods.clear();
    held.swap(impl_->held);
  }
  for (auto* reactor : held) reactor->answer();
}

int FakeService::port() const {
  return impl_->port;
}

}  // namespace marquee::gateway
