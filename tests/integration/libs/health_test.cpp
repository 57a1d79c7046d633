#include <future>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "libs/rpc/byte_buffer.h"
#include "tests/catch.h"
#include "tests/integration/libs/rpc_suite.h"

namespace marquee::rpc {
namespace {

using namespace std::chrono_literals;
using testing::Suite;

const std::string kServing("\x08\x01", 2);
const std::string kNotServing("\x08\x02", 2);
const std::string kNoSuch("\x08\x03", 2);

// grpc.health.v1.HealthCheckRequest
std::string request_of(const std::string& service) {
  return service.empty() ? service : "\x0a" + std::string(1, char(service.size())) + service;
}

// One Health.Check or Health.Watch, read as they come. A call ends after 10 seconds.
class HealthCall {
 public:
  HealthCall(const Suite& suite, const std::string& method, const std::string& request)
      : stub_(grpc::CreateChannel(suite.target(), grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() + 10s);
    call_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/" + method, &queue_);
    call_->StartCall(nullptr);
    await();
    const auto bytes = to_buffer(request);
    call_->WriteLast(bytes, grpc::WriteOptions(), nullptr);
    await();
  }
  ~HealthCall() {
    queue_.Shutdown();
    while (await()) continue;
  }

  // Empty when there is none.
  std::string next() {
    grpc::ByteBuffer message;
    call_->Read(&message, nullptr);
    return await() ? flatten(message) : std::string();
  }
  grpc::StatusCode end() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    await();
    return status.error_code();
  }

 private:
  bool await() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_CASE("a health check knows the server and its services, and nobody else's") {
  Suite suite;
  for (const std::string name : {"", "marquee.auth.v1.Keys"}) {
    HealthCall check(suite, "Check", request_of(name));
    CHECK(check.next() == kServing);
    CHECK(check.end() == grpc::StatusCode::OK);
  }
  HealthCall other(suite, "Check", request_of("marquee.auth.v1.Key"));
  CHECK(other.next().empty());
  CHECK(other.end() == grpc::StatusCode::NOT_FOUND);
  HealthCall broken(suite, "Check", "\x0a\x7f");
  CHECK(broken.next().empty());
  CHECK(broken.end() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("who watches a server's health hears of its end, which does not wait for them") {
  Suite suite;
  HealthCall watch(suite, "Watch", request_of("marquee.auth.v1.Keys"));
  HealthCall other(suite, "Watch", request_of("nobody"));
  CHECK(watch.next() == kServing);
  CHECK(other.next() == kNoSuch);
  auto stopped = std::async(std::launch::async, [&] { suite.server.stop(60s); });
  CHECK(watch.next() == kNotServing);
  CHECK(watch.next().empty());
  CHECK(watch.end() == grpc::StatusCode::UNAVAILABLE);
  CHECK(other.next().empty());
  CHECK(other.end() == grpc::StatusCode::UNAVAILABLE);
  CHECK(stopped.wait_for(30s) == std::future_status::ready);
}

TEST_CASE("a watcher of health that has gone is forgotten") {
  Suite suite;
  {
    HealthCall broken(suite, "Watch", "\x0a\x7f");
    CHECK(broken.next().empty());
    CHECK(broken.end() == grpc::StatusCode::INVALID_ARGUMENT);
    HealthCall watch(suite, "Watch", request_of(""));
    CHECK(watch.next() == kServing);
  }
  HealthCall next(suite, "Watch", request_of(""));
  CHECK(next.next() == kServing);
}

}  // namespace
}  // namespace marquee::rpc
