// Where HTTP requests become sockets: /ws (and / with an upgrade) for the native protocol,
// /socket.io for Engine.IO's polling and WebSockets. Finds out who asks, refuses a token that is
// there and bad, and sees that a browser's cookie is not used by pages of others.
//
// A session of Engine.IO lives on one I/O thread of one gateway, which its sid names; requests that
// come in elsewhere are handed over, from gateway to gateway over the bus. Where its WebSocket
// comes in elsewhere, the session moves there. Owned by the gateway; on I/O threads.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "gateway/cors.h"
#include "gateway/exchange.h"
#include "gateway/hub/gateway_links.h"
#include "gateway/hub/hub.h"
#include "gateway/hub/native_socket.h"
#include "gateway/hub/socket_io_socket.h"
#include "gateway/problem.h"
#include "gateway/session_cookie.h"
#include "libs/engine_io/request.h"
#include "libs/engine_io/sessions.h"
#include "libs/socket_io/connection.h"

namespace marquee::gateway {

class AbsentSockets;

class SocketDoor final : private Places {
 public:
  // All outlive it.
  SocketDoor(Hub& hub, const Cors& cors, const SessionCookie& cookie);
  ~SocketDoor();

  enum class Wants : std::uint8_t { kNothing, kNative, kEngine };
  static Wants wants(const Exchange& x);
  // What a POST to /socket.io may hold.
  std::size_t body_bytes_max() const;

  // `bus` may be null: there are no other gateways.
  void start(bus::Bus* bus);
  // Fills in the answer: 101 with Exchange::takes_over, or one of Engine.IO's. Else what is wrong.
  net::awaitable<std::optional<Problem>> answer(Exchange& x, Wants wants);

  // Lets go of sessions, after the hub has told their clients.
  void drain();
  // Nothing waits for other gateways any more.
  void stop();

 private:
  struct Core;
  struct Place;
  struct Packets;
  struct Served;
  using Live = std::shared_ptr<engine_io::LiveSession>;

  net::awaitable<std::optional<Problem>> answer_native(Exchange& x);
  net::awaitable<void> answer_engine(Exchange& x);
  net::awaitable<std::optional<Problem>> find_owner(const Exchange& x, SocketOwner& owner,
                                                    bool refuse_bad);
  void refuse(Exchange& x, engine_io::Refusal refusal) const;
  void answer_text(Exchange& x, std::string_view type, std::string body) const;
  void open_polling(Exchange& x, SocketOwner owner);
  void open_websocket(Exchange& x, const SocketOwner& owner);
  net::awaitable<void> upgrade(Exchange& x, const Place& place);
  net::awaitable<void> upgrade_here(Exchange& x, const Place& place);
  net::awaitable<Packets> post(Core& core, std::string sid, std::string_view body);
  net::awaitable<Packets> poll(Core& core, std::string sid, Abort* abort);
  net::awaitable<Packets> ask_other(Exchange& x, const Place& place, bool posts);
  // What other gateways ask.
  void serve(const marquee::api::GatewayQuestion& question, const std::string& reply_to);
  net::awaitable<void> serve_session(Core& core, marquee::api::GatewayQuestion question,
                                     std::string reply_to);
  void serve_absent(const marquee::api::GatewayQuestion& question, const std::string& reply_to);
  net::awaitable<void> serve_move(Core& core, std::string sid, std::string reply_to);
  void serve_probe(Core& core, const marquee::api::GatewayQuestion& question,
                   const std::string& reply_to);
  net::awaitable<std::optional<AbsentSocket>> take(std::string pid, HubCore& core) override;
  void keep(std::string pid, AbsentSocket socket) override;
  net::awaitable<std::optional<Moved>> fetch(std::string sid, HubCore& core) override;
  void give_up(const std::string& sid) override;
  std::optional<Place> place_of(std::string_view sid) const;
  std::string new_sid(const HubCore& core) const;
  Live open_session(HubCore& core, SocketOwner owner);

  Hub& hub_;
  const Cors& cors_;
  const SessionCookie& cookie_;
  engine_io::Settings engine_;
  socket_io::ConnectionSettings socket_io_;
  websocket::Connection::Limits native_limits_;
  websocket::Connection::Limits engine_limits_;
  std::unique_ptr<AbsentSockets> absent_;
  std::vector<std::unique_ptr<Core>> cores_;
  GatewayLinks links_;
  std::unique_ptr<Served> served_;
};

}  // namespace marquee::gateway
