// What the watch over connections notices: who went away, who does nothing.
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "gateway/connection_watch.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using boost::system::error_code;
using net::ip::tcp;

constexpr std::chrono::seconds kPatience{10};

struct Watched {
  net::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(net::ip::address_v4::loopback(), 0)};
  ConnectionWatch watch{context};

  Watched() { watch.start(); }
  ~Watched() { watch.stop(); }

  tcp::socket connect() {
    tcp::socket client(context);
    client.connect(acceptor.local_endpoint());
    return client;
  }
  template <typename Condition>
  bool run_until(Condition condition) {
    auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < give_up) {
      context.run_one_for(kPatience);
    }
    return condition();
  }
};

TEST_CASE("who leaves while its request is answered is noticed, others are left alone") {
  Watched t;
  tcp::socket closes = t.connect();
  WatchedSocket first(t.acceptor.accept(), t.watch);
  tcp::socket resets = t.connect();
  WatchedSocket second(t.acceptor.accept(), t.watch);
  tcp::socket stays = t.connect();
  WatchedSocket third(t.acceptor.accept(), t.watch);
  tcp::socket leaves_idle = t.connect();
  WatchedSocket fourth(t.acceptor.accept(), t.watch);

  Abort aborts[3];
  int fired = 0;
  for (Abort& abort : aborts) abort.set_hook([&] { ++fired; });
  first.set_waiting(&aborts[0]);
  second.set_waiting(&aborts[1]);
  third.set_waiting(&aborts[2]);
  // Bytes that wait to be read, as of a pipelined request, do not hide the end behind them.
  net::write(closes, net::buffer("GET", 3));
  net::write(stays, net::buffer("GET", 3));
  closes.close();
  resets.set_option(tcp::socket::linger(true, 0));
  resets.close();
  leaves_idle.close();
  CHECK(t.run_until([&] { return fired == 2; }));
  CHECK(aborts[0].fired());
  CHECK(aborts[1].fired());
  CHECK_FALSE(aborts[2].fired());
  third.set_waiting(nullptr);
}

TEST_CASE("an idle connection is asked to rest once, a busy one never") {
  Watched t;
  tcp::socket client = t.connect();
  WatchedSocket idle(t.acceptor.accept(), t.watch);
  tcp::socket other = t.connect();
  WatchedSocket busy(t.acceptor.accept(), t.watch);
  idle.set_idle(true);
  idle.expires_after(std::chrono::minutes(1));
  busy.expires_after(std::chrono::minutes(1));
  char byte = 0;
  int ended = 0;
  error_code idle_error;
  error_code busy_error;
  busy.socket.async_read_some(net::buffer(&byte, 1),
                              [&](error_code error, std::size_t) { busy_error = error; });
  idle.socket.async_read_some(net::buffer(&byte, 1), [&](error_code error, std::size_t) {
    idle_error = error;
    ++ended;
  });
  CHECK(t.run_until([&] { return ended == 1; }));
  CHECK(idle_error == net::error::operation_aborted);
  CHECK(idle.rests());
  CHECK_FALSE(idle.timed_out());
  CHECK_FALSE(busy_error);
  // It waits on, now without a buffer, and is left in peace until something comes.
  idle.socket.async_wait(tcp::socket::wait_read, [&](error_code error) {
    idle_error = error;
    ++ended;
  });
  net::write(client, net::buffer("G", 1));
  CHECK(t.run_until([&] { return ended == 2; }));
  CHECK_FALSE(idle_error);
  idle.set_idle(false);
  CHECK_FALSE(idle.rests());
}

TEST_CASE("what takes too long ends, and says so") {
  Watched t;
  tcp::socket client = t.connect();
  WatchedSocket slow(t.acceptor.accept(), t.watch);
  slow.expires_after(std::chrono::milliseconds(150));
  char byte = 0;
  error_code slow_error;
  slow.socket.async_read_some(net::buffer(&byte, 1),
                              [&](error_code error, std::size_t) { slow_error = error; });
  CHECK(t.run_until([&] { return slow_error == net::error::operation_aborted; }));
  CHECK(slow.timed_out());
  slow.expires_after(std::chrono::minutes(1));
  CHECK_FALSE(slow.timed_out());
}

}  // namespace
}  // namespace marquee::gateway
