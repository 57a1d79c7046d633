// Upstream by itself, on I/O threads: who calls gets its own answer on its own thread, and can stop
// waiting.
#include "gateway/upstream.h"

#include <atomic>
#include <functional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/io_threads.h"
#include "gateway/per_core.h"
#include "libs/testing/process.h"
#include "tests/catch.h"
#include "tests/unit/rpc/fake_stream_server.h"
#include "tests/unit/rpc/held_calls.h"

namespace marquee::gateway {
namespace {

using testing::eventually;

class TestUpstream {
 public:
  TestUpstream(int threads, const std::vector<std::string>& addresses,
               const Upstream::Options& options = {})
      : threads_(threads) {
    UpstreamAddress address;
    address.name = "movie";
    address.addresses = addresses;
    upstream_ = std::make_unique<Upstream>(address, threads_, options);
    threads_.start();
  }
  ~TestUpstream() { stop(); }

  void stop() {
    threads_.release();
    do {
      upstream_->cancel_all();
    } while (!threads_.wait_ended(Millis(20)));
  }
  Upstream& upstream() { return *upstream_; }
  net::io_context& context(std::size_t thread) { return threads_.context(thread); }

  void call(std::size_t thread, UpstreamCall request, std::function<void(UpstreamReply)> done) {
    net::co_spawn(threads_.context(thread), make(std::move(request), thread, std::move(done)),
                  net::detached);
  }
  std::atomic<int> on_wrong_thread{0};

 private:
  net::awaitable<void> make(UpstreamCall request, std::size_t thread,
                            std::function<void(UpstreamReply)> done) {
    UpstreamReply reply = co_await upstream_->call(std::move(request));
    if (this_core() != thread) ++on_wrong_thread;
    done(std::move(reply));
  }

  IoThreads threads_;
  std::unique_ptr<Upstream> upstream_;
};

UpstreamCall request(const std::string& payload) {
  UpstreamCall call("/test.Echo/Echo", payload,
                    std::chrono::steady_clock::now() + std::chrono::seconds(10));
  call.caller = "-";
  return call;
}

TEST_CASE("each thread's calls come back to it, with their own answers") {
  rpc::FakeStreamServer server([](const auto& call) { call->reply(call->start().payload()); });
  TestUpstream t(3, {server.address()});
  std::atomic<int> own{0};
  constexpr int kCalls = 600;
  for (int i = 0; i < kCalls; ++i) {
    std::string payload = std::to_string(i);
    UpstreamCall call = request(payload);
    t.call(static_cast<std::size_t>(i) % 3, std::move(call), [&own, payload](UpstreamReply reply) {
      if (reply.ok() && reply.payload == payload) ++own;
    });
  }
  CHECK(eventually([&] { return own == kCalls; }));
  CHECK(t.on_wrong_thread == 0);
  CHECK(t.upstream().in_flight() == 0);
  CHECK(server.streams() == 3);
}

TEST_CASE("a request whose client has left ends at once, and its service hears of it") {
  rpc::HeldCalls held;
  rpc::FakeStreamServer server(held.taker());
  TestUpstream t(1, {server.address()});
  Abort abort;
  std::atomic<int> code{-1};
  auto make = [&] {
    UpstreamCall call = request("x");
    call.abort = &abort;
    t.call(0, std::move(call), [&](UpstreamReply reply) { code = static_cast<int>(reply.code); });
  };
  make();
  REQUIRE(held.wait_for(1));
  net::post(t.context(0), [&] { abort.fire(); });
  CHECK(eventually([&] { return code == static_cast<int>(Code::kCancelled); }));
  CHECK(eventually([&] { return server.cancels().size() == 1; }));
  // One that has left before is not waited for either.
  code = -1;
  make();
  CHECK(eventually([&] { return code == static_cast<int>(Code::kCancelled); }));
}

TEST_CASE("an abort that fires after the answer changes nothing") {
  rpc::FakeStreamServer server([](const auto& call) { call->reply("done"); });
  TestUpstream t(1, {server.address()});
  Abort abort;
  std::atomic<int> code{-1};
  UpstreamCall call = request("x");
  call.abort = &abort;
  t.call(0, std::move(call), [&](UpstreamReply reply) {
    abort.fire();
    code = static_cast<int>(reply.code);
  });
  CHECK(eventually([&] { return code == 0; }));
}

TEST_CASE("cancel_all ends what waits, and what comes later; streams are closed well") {
  rpc::HeldCalls held;
  rpc::FakeStreamServer server(held.taker());
  std::atomic<int> cancelled{0};
  auto count = [&](UpstreamReply reply) {
    if (reply.code == Code::kCancelled) ++cancelled;
  };
  {
    TestUpstream t(2, {server.address()});
    for (int i = 0; i < 10; ++i) {
      UpstreamCall call = request("x");
      t.call(static_cast<std::size_t>(i) % 2, std::move(call), count);
    }
    REQUIRE(held.wait_for(10));
    t.upstream().cancel_all();
    CHECK(eventually([&] { return cancelled == 10; }));
    UpstreamCall late = request("x");
    t.call(0, std::move(late), count);
    CHECK(eventually([&] { return cancelled == 11; }));
  }
  CHECK(server.streams_ended_well() == 2);
}

TEST_CASE("a name's replicas are found, and followed") {
  rpc::FakeStreamServer one([](const auto& call) { call->reply("one"); });
  std::atomic<bool> known{false};
  Upstream::Options options;
  options.lookup = [&](const std::string&) -> std::optional<std::vector<std::string>> {
    if (!known) return std::nullopt;
    return std::vector<std::string>{"127.0.0.1"};
  };
  TestUpstream t(1, {"movie-service:" + std::to_string(one.port())}, options);
  std::atomic<int> code{-1};
  UpstreamCall early = request("x");
  t.call(0, std::move(early), [&](UpstreamReply reply) { code = static_cast<int>(reply.code); });
  CHECK(eventually([&] { return code == static_cast<int>(Code::kUnavailable); }));
  known = true;
  CHECK(eventually([&] { return t.upstream().state().streams_open == 1; }));
  UpstreamCall next = request("x");
  t.call(0, std::move(next), [&](UpstreamReply reply) { code = static_cast<int>(reply.code); });
  CHECK(eventually([&] { return code == 0; }));
}

}  // namespace
}  // namespace marquee::gateway
