#include "libs/socket_io/connection.h"

#include <algorithm>

#include "libs/socket_io/frames.h"

namespace marquee::socket_io {

using engine_io::CloseReason;
using Time = engine_io::Session::Time;
using websocket::Delivery;

Connection::Connection(const ConnectionSettings& settings, Handler& handler, Time now)
    : settings_(settings),
      handler_(handler),
      decoder_(settings.decoder),
      connect_by_(now + settings.connect_timeout) {}

Connection::Namespace* Connection::find(std::string_view nsp) {
  auto found = std::find_if(namespaces_.begin(), namespaces_.end(),
                            [&](const Namespace& one) { return one.name == nsp; });
  return found == namespaces_.end() ? nullptr : &*found;
}

bool Connection::is_in(std::string_view nsp) const {
  const Namespace* found = const_cast<Connection*>(this)->find(nsp);
  return found != nullptr && found->accepted;
}

void Connection::leave(std::string_view nsp) {
  std::erase_if(namespaces_, [&](const Namespace& one) { return one.name == nsp; });
}

void Connection::on_message(std::string_view data, bool binary) {
  switch (decoder_.take(data, binary)) {
    case Decoder::Progress::kNeedsMore:
      return;
    case Decoder::Progress::kPacket:
      return deliver(decoder_.packet());
    case Decoder::Progress::kFault:
      return break_off();
  }
}

void Connection::deliver(const Packet& packet) {
  if (packet.type == PacketType::kConnect) return connect(packet);
  Namespace* from = find(packet.nsp);
  if (from == nullptr || !from->accepted) {
    // One that was refused, or left by us, may not know yet; one that never was in any has no
    // business here.
    if (packet.type == PacketType::kDisconnect) return leave(packet.nsp);
    return break_off();
  }
  std::string unescaped;
  // Not the name that is kept here: the handler may make the client leave.
  Message message{packet.nsp, packet.event, packet.data, decoder_.attachments(), packet.id};
  if (packet.event_escaped) message.event = unescaped = event_name(packet);
  switch (packet.type) {
    case PacketType::kDisconnect: {
      const std::string name = from->name;
      leave(name);
      return handler_.on_disconnect(*this, name);
    }
    case PacketType::kEvent:
    case PacketType::kBinaryEvent:
      return handler_.on_event(*this, message);
    case PacketType::kAck:
    case PacketType::kBinaryAck:
      if (from->awaited.erase(*packet.id) != 0) handler_.on_ack(*this, message);
      return;
    case PacketType::kConnect:
    case PacketType::kConnectError:
      return;
  }
}

void Connection::connect(const Packet& packet) {
  // Clients say it twice when they are told to connect while they do.
  if (find(packet.nsp) != nullptr) return;
  if (namespaces_.size() >= settings_.namespaces_max) return break_off();
  namespaces_.push_back({std::string(packet.nsp), false, 0, {}});
  handler_.on_connect(*this, packet.nsp, packet.data);
}

void Connection::accept(std::string_view nsp, std::string_view sid, std::string_view pid) {
  Namespace* joined = find(nsp);
  if (joined == nullptr || joined->accepted) return;
  joined->accepted = true;
  connect_by_ = Time::max();
  std::string data = R"({"sid":)";
  append_json_string(sid, data);
  if (!pid.empty()) {
    data += R"(,"pid":)";
    append_json_string(pid, data);
  }
  data += '}';
  session_->send(frame_of({.type = PacketType::kConnect, .nsp = nsp, .data = data}));
}

void Connection::readmit(std::string_view nsp) {
  if (find(nsp) != nullptr) return;
  namespaces_.push_back({std::string(nsp), true, 0, {}});
  connect_by_ = Time::max();
}

void Connection::refuse(std::string_view nsp, std::string_view message, std::string_view data) {
  const Namespace* asked = find(nsp);
  if (asked == nullptr || asked->accepted) return;
  std::string json = R"({"message":)";
  append_json_string(message, json);
  if (!data.empty()) json.append(R"(,"data":)").append(data);
  json += '}';
  session_->send(frame_of({.type = PacketType::kConnectError, .nsp = nsp, .data = json}));
  leave(nsp);
}

void Connection::emit(std::string_view nsp, std::string_view event, std::string_view arguments,
                      Attachments attachments, Delivery delivery) {
  if (!is_in(nsp)) return;
  const Outgoing packet{.nsp = nsp, .event = event, .data = arguments};
  session_->send(frames_of(packet, attachments), delivery);
}

std::uint64_t Connection::emit_with_ack(std::string_view nsp, std::string_view event,
                                        std::string_view arguments, Attachments attachments) {
  Namespace* to = find(nsp);
  if (to == nullptr || !to->accepted) return 0;
  const std::uint64_t id = to->next_ack++;
  to->awaited.insert(id);
  if (to->awaited.size() > settings_.awaited_acks_max) to->awaited.erase(to->awaited.begin());
  const Outgoing packet{.nsp = nsp, .id = id, .event = event, .data = arguments};
  session_->send(frames_of(packet, attachments), {});
  return id;
}

void Connection::ack(std::string_view nsp, std::uint64_t id, std::string_view arguments,
                     Attachments attachments) {
  if (!is_in(nsp)) return;
  const Outgoing packet{.type = PacketType::kAck, .nsp = nsp, .id = id, .data = arguments};
  session_->send(frames_of(packet, attachments), {});
}

void Connection::disconnect(std::string_view nsp) {
  if (!is_in(nsp)) return;
  session_->send(frame_of({.type = PacketType::kDisconnect, .nsp = nsp}));
  leave(nsp);
}

void Connection::close(websocket::CloseCode code) {
  namespaces_.clear();
  connect_by_ = Time::max();
  session_->close(code);
}

void Connection::break_off() {
  close();
  handler_.on_closed(*this, CloseReason::kProtocolError);
}

void Connection::on_closed(CloseReason reason) {
  namespaces_.clear();
  connect_by_ = Time::max();
  handler_.on_closed(*this, reason);
}

void Connection::on_time(Time now) {
  if (now >= connect_by_) break_off();
}

}  // namespace marquee::socket_io
