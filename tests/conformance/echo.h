// What the conformance server does with what it gets: sends it back.
#pragma once

#include <string_view>

#include "libs/core/ids.h"
#include "libs/engine_io/session.h"
#include "libs/socket_io/connection.h"

namespace marquee::conformance {

struct EngineEcho final : engine_io::Session::Listener {
  engine_io::Session* session = nullptr;

  void on_message(std::string_view data, bool binary) override {
    session->send(binary ? engine_io::binary_message(data) : engine_io::text_message(data));
  }
  void on_closed(engine_io::CloseReason) override {}
};

class EchoHandler final : public socket_io::Connection::Handler {
 public:
  void on_connect(socket_io::Connection& connection, std::string_view nsp,
                  std::string_view auth) override {
    if (nsp != "/" && nsp != "/custom") return connection.refuse(nsp, "Invalid namespace", {});
    connection.accept(nsp, random_token(kSidBytes));
    connection.emit(nsp, "auth", auth.empty() ? "{}" : auth);
  }
  void on_event(socket_io::Connection& connection, const socket_io::Message& message) override {
    if (message.event == "message") {
      connection.emit(message.nsp, "message-back", message.arguments, message.attachments);
    } else if (message.event == "message-with-ack" && message.ack_id) {
      connection.ack(message.nsp, *message.ack_id, message.arguments, message.attachments);
    } else if (message.event == "ask-for-ack") {
      connection.emit_with_ack(message.nsp, "question", message.arguments, message.attachments);
    } else if (message.event == "leave") {
      connection.disconnect(message.nsp);
    }
  }
  void on_ack(socket_io::Connection& connection, const socket_io::Message& message) override {
    connection.emit(message.nsp, "ack-back", message.arguments, message.attachments);
  }
  void on_disconnect(socket_io::Connection&, std::string_view) override {}
  void on_closed(socket_io::Connection&, engine_io::CloseReason) override {}

 private:
  static constexpr std::size_t kSidBytes = 15;
};

}  // namespace marquee::conformance
