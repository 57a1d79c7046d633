// How a Socket.IO client's socket leaves for another gateway, and how it comes from there.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/hub/absent_sockets.h"
#include "gateway/hub/command_run.h"
#include "gateway/hub/socket_io_parts.h"
#include "marquee/api/gateways.pb.h"

namespace marquee::gateway {
namespace {

using marquee::api::MovedSession;

// What a session may have waiting for its client when it moves, and how long its commands may take.
constexpr std::size_t kMovedBytesMax = 512 * 1024;
constexpr std::chrono::seconds kMovePatience{3};
// What a client says before its session has come.
constexpr std::size_t kEarlyBytesMax = 64 * 1024;

}  // namespace

net::awaitable<std::optional<MovedSession>> SocketIoSocket::hand_over(Live live) {
  const auto until = core_.loop().now() + kMovePatience;
  while (busy()) {
    auto idle = std::make_shared<OneShot>();
    idle_ = idle;
    co_await idle->wait();
  }
  if (closed_ || arrives_ || core_.loop().now() > until) co_return std::nullopt;
  MovedSession moved;
  moved.set_token(owner_.token);
  if (client_) {
    moved.set_admitted(true);
    moved.set_sid(client_->id());
    moved.set_pid(pid_);
    for (auto& [name, point] : core_.points_of(*client_)) {
      auto& topic = *moved.add_topics();
      topic.set_name(name);
      topic.set_epoch(std::move(point.epoch));
      topic.set_offset(point.offset);
    }
  }
  auto packets = live->hand_over(kMovedBytesMax);
  if (!packets) co_return std::nullopt;
  moved.set_packets(std::move(*packets));
  closed_ = true;
  leave(false);
  co_return moved;
}

void SocketIoSocket::on_message(std::string_view data, bool binary) {
  if (!arrives_) return engine().on_message(data, binary);
  early_bytes_ += data.size();
  if (early_bytes_ > kEarlyBytesMax) return end();
  early_.emplace_back(data, binary);
}

void SocketIoSocket::on_upgrade(bool done) {
  auto live = live_.lock();
  if (!arrives_ || closed_ || !live) return;
  if (done) {
    net::co_spawn(core_.context(), arrive(live, *this), net::detached);
  } else {
    places_.give_up(live->sid());
    end();
  }
}

net::awaitable<void> SocketIoSocket::arrive(Live live, SocketIoSocket& self) {
  auto moved = co_await self.places_.fetch(live->sid(), self.core_);
  if (!moved) co_return self.end();
  co_await self.identify(moved->token());
  if (!self.closed_) {
    live->take_over(moved->packets());
    if (moved->admitted()) co_await self.go_on(*moved);
  } else if (!moved->pid().empty()) {
    self.keep_place(*moved);
  }
  if (self.closed_) co_return;
  self.arrives_ = false;
  for (const auto& [data, binary] : std::exchange(self.early_, {})) {
    if (!self.closed_) self.engine().on_message(data, binary);
  }
}

net::awaitable<void> SocketIoSocket::identify(std::string token) {
  owner_.token = std::move(token);
  if (owner_.token.empty()) co_return;
  auto& authenticator = core_.hub().parts().authenticator;
  auto identity = authenticator.identify(owner_.token);
  if (!identity) identity = co_await authenticator.identify_patiently(owner_.token);
  if (identity->state == Identity::State::kValid) owner_.caller = identity->caller;
}

net::awaitable<void> SocketIoSocket::go_on(const MovedSession& moved) {
  const bool known = owner_.token.empty() || owner_.caller;
  if (known) client_ = core_.add(*this, owner_.address, moved.sid());
  if (!client_) co_return end();
  auto client = client_;
  client->set_caller(owner_.caller, owner_.token);
  pid_ = moved.pid();
  connection_.readmit(kMainNamespace);
  accepted_ = true;
  std::vector<std::pair<std::string, ResumePoint>> topics;
  for (const auto& topic : moved.topics()) {
    topics.emplace_back(topic.name(), ResumePoint(topic.epoch(), topic.offset()));
  }
  co_await go_on_with_topics(client, std::move(topics));
}

void SocketIoSocket::keep_place(const MovedSession& moved) {
  AbsentSocket absent;
  absent.sid = moved.sid();
  absent.user_id = owner_.caller ? owner_.caller->user_id : 0;
  absent.epoch = core_.hub().feeds().position().epoch;
  for (const auto& topic : moved.topics()) absent.topics.push_back(topic.name());
  places_.keep(moved.pid(), std::move(absent));
}

net::awaitable<std::optional<MovedSession>> hand_over_socket_io_session(
    std::shared_ptr<engine_io::LiveSession> live) {
  auto& socket = static_cast<SocketIoSocket&>(live->listener());
  co_return co_await socket.hand_over(live);
}

}  // namespace marquee::gateway
