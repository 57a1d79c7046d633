#include <charconv>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/hub/absent_sockets.h"
#include "gateway/hub/command_run.h"
#include "gateway/hub/native_frame.h"
#include "gateway/hub/socket_io_parts.h"
#include "libs/core/ids.h"
#include "libs/transcode/json_reader.h"

namespace marquee::gateway {
namespace {

using socket_io::Connection;
using websocket::CloseCode;

constexpr std::size_t kPidBytes = 18;
constexpr std::string_view kRefused = "Connection rejected by server";

// The first argument of an event, and whether there are more.
std::string first_argument(std::string_view arguments) {
  if (arguments.empty()) return "{}";
  // Checked by the decoder already.
  const std::string list = '[' + std::string(arguments) + ']';
  transcode::JsonReader in(list, socket_io::kDepthMax);
  std::string_view first;
  if (!in.open_array() || !in.next_element() || !in.skip_value(&first)) return "{}";
  return std::string(first);
}

std::shared_ptr<engine_io::LiveSession> add_session(engine_io::Sessions& sessions, std::string sid,
                                                    std::unique_ptr<SocketIoSocket> socket) {
  SocketIoSocket& made = *socket;
  auto live = sessions.add(std::move(sid), std::move(socket));
  made.attach(live);
  return live;
}

}  // namespace

SocketIoSocket::SocketIoSocket(const SocketIoParts& parts, SocketOwner owner, bool arrives)
    : core_(parts.core),
      places_(parts.places),
      owner_(std::move(owner)),
      arrives_(arrives),
      connection_(parts.settings, *this, parts.core.loop().now()) {}

void SocketIoSocket::attach(const Live& live) {
  live_ = live;
  connection_.attach(live->session());
}

void SocketIoSocket::hear(const LiveEvent& event) {
  if (accepted_) connection_.send({&event.socket_io(), 1}, event.delivery());
}

void SocketIoSocket::emit(std::string_view event, std::string_view json) {
  connection_.emit(kMainNamespace, event, json);
}

void SocketIoSocket::close(CloseCode code, std::string_view) {
  auto kept = live_.lock();
  // Signed out: it is told to stay away; else it comes back by itself.
  if (code == CloseCode::kSignedOut) connection_.disconnect(kMainNamespace);
  connection_.close(code);
  closed_ = true;
  leave(false);
}

void SocketIoSocket::on_connect(Connection& connection, std::string_view nsp,
                                std::string_view auth) {
  if (nsp != kMainNamespace) return connection.refuse(nsp, "Invalid namespace", {});
  auto live = live_.lock();
  if (live) net::co_spawn(core_.context(), enter(live, *this, std::string(auth)), net::detached);
}

void SocketIoSocket::on_event(Connection&, const socket_io::Message& message) {
  if (!client_) return;
  SocketCommand command;
  command.event = message.event;
  command.data = first_argument(message.arguments);
  if (message.ack_id) command.id = std::to_string(*message.ack_id);
  if (!message.attachments.empty()) {
    const std::string error =
        socket_error(Problem(400, "binary_data", "Binary data is not taken here"));
    emit("error", error);
    if (!command.id.empty()) refuse(command.id, error);
    return;
  }
  client_->take(std::move(command));
}

void SocketIoSocket::on_disconnect(Connection&, std::string_view nsp) {
  if (nsp == kMainNamespace) leave(false);
}

void SocketIoSocket::on_closed(Connection&, CloseReason reason) {
  if (reason == CloseReason::kSlow) core_.hub().count(Hub::kSlow);
  closed_ = true;
  leave(reason != CloseReason::kProtocolError);
}

net::awaitable<void> SocketIoSocket::enter([[maybe_unused]] Live live, SocketIoSocket& self,
                                           std::string auth) {
  const Entering entering(self);
  if (auto token = string_member(auth, "token"); !token.empty()) {
    auto& authenticator = self.core_.hub().parts().authenticator;
    auto identity = authenticator.identify(token);
    if (!identity) identity = co_await authenticator.identify_patiently(token);
    if (identity->state == Identity::State::kUnavailable) {
      const Problem problem = unavailable("keys_not_loaded", 1);
      self.connection_.refuse(kMainNamespace, problem.message, socket_error(problem));
      co_return;
    }
    if (identity->state != Identity::State::kValid) {
      self.connection_.refuse(kMainNamespace, kRefused, R"({"code":"token_not_valid"})");
      co_return;
    }
    self.owner_.caller = identity->caller;
    self.owner_.token = std::move(token);
  } else if (!self.owner_.caller && !self.owner_.token.empty()) {
    // The opening request's was bad.
    self.connection_.refuse(kMainNamespace, kRefused, R"({"code":"token_not_valid"})");
    co_return;
  }
  if (self.closed_ || self.client_) co_return;
  co_await self.begin(string_member(auth, "pid"), string_member(auth, "offset"));
}

net::awaitable<void> SocketIoSocket::begin(std::string pid, std::string offset) {
  std::optional<AbsentSocket> back;
  if (!pid.empty()) back = co_await places_.take(pid, core_);
  if (closed_ || client_) co_return;
  const std::int64_t user = owner_.caller ? owner_.caller->user_id : 0;
  if (back && back->user_id != user) back.reset();
  client_ = core_.add(*this, owner_.address, back ? back->sid : std::string());
  if (!client_) {
    connection_.refuse(kMainNamespace, "too many sockets", {});
    co_return;
  }
  auto client = client_;
  client->set_caller(owner_.caller, owner_.token);
  co_await join_freely(client, std::string(kEveryone));
  if (user != 0) co_await join_freely(client, user_topic(user));
  if (back) {
    for (const auto& topic : back->topics) co_await join_freely(client, topic);
  }
  if (closed_ || client->gone()) co_return;
  accepted_ = true;
  // The same again tells the client that it has its place back.
  pid_ = back ? std::move(pid) : core_.hub().instance() + '.' + random_token(kPidBytes);
  connection_.accept(kMainNamespace, client->id(), pid_);
  greet();
  std::uint64_t from = 0;
  const char* end = offset.data() + offset.size();
  if (back && std::from_chars(offset.data(), end, from).ptr == end && !offset.empty()) {
    ResumePoint point(std::move(back->epoch), from);
    co_await resume_topics(client, std::move(point));
  }
}

void SocketIoSocket::greet() {
  const rpc::Caller& caller = client_->caller();
  const auto position = core_.hub().feeds().position();
  emit("connection_response",
       R"({"status":"connected","sid":)" + json_text(client_->id()) + R"(,"user_id":)" +
           (caller.signed_in() ? std::to_string(caller.user_id) : "null") + '}');
  // From here it goes on, should it break before it hears anything.
  emit(kOffsetEvent, json_text(std::to_string(position.offset)));
}

void SocketIoSocket::answer(std::string_view id, std::string_view json) {
  std::uint64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  connection_.ack(kMainNamespace, number, json);
}

void SocketIoSocket::leave(bool may_come_back) {
  accepted_ = false;
  auto client = std::exchange(client_, nullptr);
  tell_idle();
  if (!client) return;
  if (may_come_back && !pid_.empty()) {
    AbsentSocket absent;
    absent.sid = client->id();
    absent.user_id = client->caller().user_id;
    absent.epoch = core_.hub().feeds().position().epoch;
    for (const auto& [topic, member] : client->topics()) absent.topics.push_back(topic);
    places_.keep(pid_, std::move(absent));
  }
  client->leave();
}

void SocketIoSocket::end() {
  connection_.close();
  closed_ = true;
  leave(true);
}

std::shared_ptr<engine_io::LiveSession> open_socket_io_session(const SocketIoParts& parts,
                                                               engine_io::Sessions& sessions,
                                                               std::string sid, SocketOwner owner) {
  return add_session(sessions, std::move(sid),
                     std::make_unique<SocketIoSocket>(parts, std::move(owner), false));
}

std::shared_ptr<engine_io::LiveSession> expect_socket_io_session(const SocketIoParts& parts,
                                                                 engine_io::Sessions& sessions,
                                                                 std::string sid,
                                                                 SocketOwner owner) {
  return add_session(sessions, std::move(sid),
                     std::make_unique<SocketIoSocket>(parts, std::move(owner), true));
}

}  // namespace marquee::gateway
