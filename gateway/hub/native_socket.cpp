#include "gateway/hub/native_socket.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/hub/command_run.h"
#include "gateway/hub/native_frame.h"

namespace marquee::gateway {
namespace {

using websocket::CloseCode;
using websocket::Connection;
using websocket::Frame;
using websocket::Opcode;

constexpr std::chrono::seconds kPingInterval{25};
constexpr std::chrono::seconds kPongMax{20};

class NativeSocket final : public std::enable_shared_from_this<NativeSocket>,
                           public SocketWire,
                           public Connection::Listener,
                           private websocket::Loop::Alarm {
 public:
  NativeSocket(HubCore& core, std::unique_ptr<websocket::Stream> stream,
               const Connection::Limits& limits)
      : core_(core),
        connection_(std::make_shared<Connection>(core.loop(), std::move(stream), limits, *this)) {}

  void open(std::string_view early, SocketOwner owner) {
    self_ = shared_from_this();
    client_ = core_.add(*this, owner.address);
    if (!client_) {
      connection_->start({});
      end(core_.hub().draining() ? CloseCode::kRestart : CloseCode::kTryLater, "too many sockets");
      return;
    }
    client_->set_caller(std::move(owner.caller), std::move(owner.token));
    core_.loop().wake_at(*this, core_.loop().now() + kPingInterval);
    net::co_spawn(core_.context(), begin(self_, std::string(early)), net::detached);
  }

  void hear(const LiveEvent& event) override {
    if (connection_) connection_->send(event.native(), event.delivery());
  }
  void emit(std::string_view event, std::string_view json) override {
    if (connection_) connection_->send(native_event(event, json));
  }
  void acknowledge(std::string_view id, std::string_view json) override {
    if (connection_) connection_->send(Frame::text({R"({"ack":)", id, R"(,"data":)", json, "}"}));
  }
  void refuse(std::string_view id, std::string_view json) override {
    if (connection_) connection_->send(Frame::text({R"({"ack":)", id, R"(,"error":)", json, "}"}));
  }
  void close(CloseCode code, std::string_view reason) override { end(code, reason); }

 private:
  using Self = std::shared_ptr<NativeSocket>;

  // Nothing is read before the greeting, so that nothing overtakes it.
  static net::awaitable<void> begin(Self self, std::string early) {
    co_await self->join_own_topics();
    if (!self->connection_) co_return;
    self->greet();
    self->connection_->start(early);
  }

  net::awaitable<void> join_own_topics() {
    auto client = client_;
    co_await join_freely(client, std::string(kEveryone));
    if (client->caller().signed_in()) {
      co_await join_freely(client, user_topic(client->caller().user_id));
    }
  }

  void greet() {
    const auto position = core_.hub().feeds().position();
    told_ = position.offset;
    const rpc::Caller& caller = client_->caller();
    emit("connection_response",
         R"({"status":"connected","sid":)" + json_text(client_->id()) + R"(,"user_id":)" +
             (caller.signed_in() ? std::to_string(caller.user_id) : "null") + R"(,"epoch":)" +
             json_text(position.epoch) + R"(,"offset":)" + std::to_string(position.offset) + "}");
  }

  void on_message(std::string_view data, bool binary) override {
    heard_ = true;
    auto kept = shared_from_this();
    if (binary) return end(CloseCode::kUnsupported, "frames are JSON text");
    NativeFrame frame = read_native_frame(data);
    SocketCommand& command = frame.command;
    if (!frame.fault.empty()) {
      const std::string error = socket_error(Problem(400, "bad_frame", frame.fault));
      emit("error", error);
      if (!command.id.empty()) refuse(command.id, error);
    } else if (command.event == "ping") {
      emit("pong", command.data);
      if (!command.id.empty()) acknowledge(command.id, command.data);
    } else if (command.event == "authenticate") {
      net::co_spawn(core_.context(), authenticate(kept, std::move(command)), net::detached);
    } else if (command.event == "resume") {
      resume(std::move(command));
    } else {
      client_->take(std::move(command));
    }
  }

  void resume(SocketCommand command) {
    auto point = read_resume_point(command.data);
    if (!point) {
      const std::string error =
          socket_error(Problem(400, "bad_frame", R"(resume needs {"epoch":"...","offset":1})"));
      emit("error", error);
      if (!command.id.empty()) refuse(command.id, error);
      return;
    }
    net::co_spawn(core_.context(), resumed(self_, std::move(*point), std::move(command.id)),
                  net::detached);
  }

  static net::awaitable<void> resumed(Self self, ResumePoint point, std::string id) {
    auto client = self->client_;
    co_await resume_topics(client, std::move(point));
    if (!id.empty() && !client->gone()) {
      self->acknowledge(id, R"({"topics":)" + std::to_string(client->joined_topics()) + "}");
    }
  }

  static net::awaitable<void> authenticate(Self self, SocketCommand command) {
    auto& authenticator = self->core_.hub().parts().authenticator;
    std::string token = string_member(command.data, "token");
    auto identity = authenticator.identify(token);
    if (!identity) identity = co_await authenticator.identify_patiently(token);
    if (!self->connection_) co_return;
    auto client = self->client_;
    if (identity->state == Identity::State::kUnavailable) {
      const std::string error = socket_error(unavailable("keys_not_loaded", 1));
      self->emit("error", error);
      if (!command.id.empty()) self->refuse(command.id, error);
      co_return;
    }
    const bool other_user = client->caller().signed_in() && identity->caller &&
                            client->caller().user_id != identity->caller->user_id;
    if (identity->state != Identity::State::kValid || other_user) {
      self->end(CloseCode::kSignedOut, "Connection rejected by server");
      co_return;
    }
    client->set_caller(identity->caller, std::move(token));
    co_await self->join_own_topics();
    if (!self->connection_) co_return;
    if (!command.id.empty()) {
      self->acknowledge(command.id, R"({"status":"authenticated","user_id":)" +
                                        std::to_string(client->caller().user_id) + "}");
    }
  }

  void on_pong(std::string_view) override { heard_ = true; }

  void on_closed(CloseCode code) override {
    if (code == CloseCode::kSlow) core_.hub().count(Hub::kSlow);
    finish();
  }

  void on_alarm(websocket::Loop::Time now) override {
    auto kept = shared_from_this();
    if (!connection_) return;
    if (pinged_ && !heard_) return end(CloseCode::kGoingAway, "ping timeout");
    if (pinged_) {
      pinged_ = false;
      core_.loop().wake_at(*this, now + kPingInterval - kPongMax);
      return;
    }
    heard_ = false;
    pinged_ = true;
    connection_->send(Frame::make(Opcode::kPing, {}));
    const auto position = core_.hub().feeds().position();
    if (position.offset != told_) {
      told_ = position.offset;
      emit("position", R"({"epoch":)" + json_text(position.epoch) + R"(,"offset":)" +
                           std::to_string(position.offset) + "}");
    }
    core_.loop().wake_at(*this, now + kPongMax);
  }

  void end(CloseCode code, std::string_view reason) {
    auto kept = shared_from_this();
    if (connection_) std::exchange(connection_, nullptr)->close(code, reason);
    finish();
  }

  void finish() {
    auto kept = std::move(self_);
    connection_ = nullptr;
    core_.loop().wake_at(*this, websocket::Loop::Time::max());
    if (client_) client_->leave();
  }

  HubCore& core_;
  std::shared_ptr<Connection> connection_;  // null: closed
  std::shared_ptr<SocketClient> client_;
  std::shared_ptr<NativeSocket> self_;  // while it is open
  std::uint64_t told_ = 0;              // position
  bool pinged_ = false;
  bool heard_ = false;
};

}  // namespace

void open_native_socket(HubCore& core, std::unique_ptr<websocket::Stream> stream,
                        std::string_view early, SocketOwner owner,
                        const Connection::Limits& limits) {
  std::make_shared<NativeSocket>(core, std::move(stream), limits)->open(early, std::move(owner));
}

}  // namespace marquee::gateway
