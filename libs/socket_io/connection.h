// The Socket.IO side of one Engine.IO session: namespaces, events, acks both ways. Knows no event:
// who uses it is told what came, in a Handler, and decides. Sans I/O like the session under it: it
// is called with the time where time matters, and asked for its deadline.
//
// One thread, the session's. Owned by who owns the session, and lives as long. Security posture:
// all that comes is hostile; what breaks the protocol closes the session.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/engine_io/session.h"
#include "libs/socket_io/decoder.h"

namespace marquee::socket_io {

struct ConnectionSettings {
  Decoder::Limits decoder;
  std::chrono::milliseconds connect_timeout{45'000};  // until it is in a namespace
  std::size_t namespaces_max = 16;
  std::size_t awaited_acks_max = 1024;  // above it the oldest are given up
};

// An event or ack that came; valid during the call.
struct Message {
  std::string_view nsp;
  std::string_view event;      // of an event, unescaped
  std::string_view arguments;  // JSON, between the brackets
  std::span<const std::string> attachments;
  std::optional<std::uint64_t> ack_id;  // of an event: wants an ack; of an ack: to which
};

class Connection final : public engine_io::Session::Listener {
 public:
  using Attachments = std::span<const std::string>;

  // What a client does. May call the connection from within.
  class Handler {
   public:
    // To be answered by accept() or refuse(), now or later. `auth`: a JSON object or nothing.
    virtual void on_connect(Connection& connection, std::string_view nsp,
                            std::string_view auth) = 0;
    virtual void on_event(Connection& connection, const Message& message) = 0;
    virtual void on_ack(Connection& connection, const Message& message) = 0;
    // The client left the namespace.
    virtual void on_disconnect(Connection& connection, std::string_view nsp) = 0;
    // The last call: all namespaces are left.
    virtual void on_closed(Connection& connection, engine_io::CloseReason reason) = 0;

   protected:
    ~Handler() = default;
  };

  // `settings` and `handler` outlive it. attach() follows at once.
  Connection(const ConnectionSettings& settings, Handler& handler, engine_io::Session::Time now);
  void attach(engine_io::Session& session) { session_ = &session; }

  // Answers to on_connect(); nothing happens when the client has left meanwhile. `pid`: by which
  // the client may ask for its state to be recovered; empty: it may not.
  void accept(std::string_view nsp, std::string_view sid, std::string_view pid = {});
  // `data`: JSON, or nothing.
  void refuse(std::string_view nsp, std::string_view message, std::string_view data);
  // Of a session that goes on from elsewhere: its client is in the namespace, and knows it.
  void readmit(std::string_view nsp);

  // `arguments`: JSON, as they stand between the brackets. To a namespace that it is in.
  void emit(std::string_view nsp, std::string_view event, std::string_view arguments,
            Attachments attachments = {}, websocket::Delivery delivery = {});
  // The same, to be answered in on_ack() with the number that is returned.
  std::uint64_t emit_with_ack(std::string_view nsp, std::string_view event,
                              std::string_view arguments, Attachments attachments = {});
  // Frames that were encoded for many (libs/socket_io/frames.h).
  void send(engine_io::Session::Frames frames, websocket::Delivery delivery) {
    session_->send(frames, delivery);
  }
  void ack(std::string_view nsp, std::uint64_t id, std::string_view arguments,
           Attachments attachments = {});
  // Makes the client leave the namespace.
  void disconnect(std::string_view nsp);
  // Ends the session; the handler hears no more. `code`: said to a WebSocket.
  void close(websocket::CloseCode code = websocket::CloseCode::kNormal);

  bool is_in(std::string_view nsp) const;
  engine_io::Session& session() { return *session_; }

 private:
  struct Namespace {
    std::string name;
    bool accepted = false;
    std::uint64_t next_ack = 0;
    std::set<std::uint64_t> awaited;
  };

  void on_message(std::string_view data, bool binary) override;
  void on_closed(engine_io::CloseReason reason) override;
  engine_io::Session::Time deadline() const override { return connect_by_; }
  void on_time(engine_io::Session::Time now) override;
  void deliver(const Packet& packet);
  void connect(const Packet& packet);
  void break_off();
  Namespace* find(std::string_view nsp);
  void leave(std::string_view nsp);

  const ConnectionSettings& settings_;
  Handler& handler_;
  engine_io::Session* session_ = nullptr;
  Decoder decoder_;
  std::vector<Namespace> namespaces_;
  engine_io::Session::Time connect_by_;
};

}  // namespace marquee::socket_io
