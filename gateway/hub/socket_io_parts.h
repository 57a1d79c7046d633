// The inside of a Socket.IO client's socket (gateway/hub/socket_io_socket.h), for its own sources
// alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/hub/socket_io_socket.h"
#include "gateway/one_shot.h"

namespace marquee::gateway {

class SocketIoSocket final : public engine_io::Session::Listener,
                             public SocketWire,
                             private socket_io::Connection::Handler {
 public:
  using Live = std::shared_ptr<engine_io::LiveSession>;
  using Moved = Places::Moved;
  using CloseReason = engine_io::CloseReason;

  // `arrives`: it is still at another gateway.
  SocketIoSocket(const SocketIoParts& parts, SocketOwner owner, bool arrives);

  void attach(const Live& live);
  // `live` is its own.
  net::awaitable<std::optional<Moved>> hand_over(Live live);

  // SocketWire
  void hear(const LiveEvent& event) override;
  void emit(std::string_view event, std::string_view json) override;
  void acknowledge(std::string_view id, std::string_view json) override { answer(id, json); }
  void refuse(std::string_view id, std::string_view json) override { answer(id, json); }
  void close(websocket::CloseCode code, std::string_view reason) override;
  void idle() override { tell_idle(); }

 private:
  // While the namespace is being entered.
  struct Entering {
    explicit Entering(SocketIoSocket& its_socket) : socket(its_socket) { ++socket.entering_; }
    ~Entering() {
      --socket.entering_;
      socket.tell_idle();
    }
    Entering(const Entering&) = delete;
    Entering& operator=(const Entering&) = delete;
    SocketIoSocket& socket;
  };
  bool busy() const { return entering_ != 0 || (client_ && client_->working()); }
  void tell_idle() {
    if (idle_ && !busy()) std::exchange(idle_, nullptr)->set();
  }

  // engine_io::Session::Listener
  void on_message(std::string_view data, bool binary) override;
  void on_upgrade(bool done) override;
  void on_closed(CloseReason reason) override { engine().on_closed(reason); }
  engine_io::Session::Time deadline() const override {
    return const_cast<SocketIoSocket*>(this)->engine().deadline();
  }
  void on_time(engine_io::Session::Time now) override { engine().on_time(now); }
  engine_io::Session::Listener& engine() { return connection_; }

  // socket_io::Connection::Handler
  void on_connect(socket_io::Connection& connection, std::string_view nsp,
                  std::string_view auth) override;
  void on_event(socket_io::Connection& connection, const socket_io::Message& message) override;
  void on_ack(socket_io::Connection&, const socket_io::Message&) override {}
  void on_disconnect(socket_io::Connection& connection, std::string_view nsp) override;
  void on_closed(socket_io::Connection& connection, CloseReason reason) override;

  // `live` keeps `self`.
  static net::awaitable<void> enter(Live live, SocketIoSocket& self, std::string auth);
  net::awaitable<void> begin(std::string pid, std::string offset);
  void greet();
  void answer(std::string_view id, std::string_view json);
  void leave(bool may_come_back);
  void end();

  // What it was elsewhere it is here from now on. `live` keeps `self`.
  static net::awaitable<void> arrive(Live live, SocketIoSocket& self);
  net::awaitable<void> identify(std::string token);
  net::awaitable<void> go_on(const Moved& moved);
  void keep_place(const Moved& moved);

  HubCore& core_;
  Places& places_;
  SocketOwner owner_;
  std::weak_ptr<engine_io::LiveSession> live_;
  std::shared_ptr<SocketClient> client_;  // while it is in the namespace
  std::string pid_;
  bool accepted_ = false;
  bool closed_ = false;
  bool arrives_;  // and is not here yet
  int entering_ = 0;
  std::shared_ptr<OneShot> idle_;                    // who waits for it not to be busy
  std::vector<std::pair<std::string, bool>> early_;  // messages, and whether they are binary
  std::size_t early_bytes_ = 0;
  socket_io::Connection connection_;
};

inline constexpr std::string_view kMainNamespace = "/";

}  // namespace marquee::gateway
