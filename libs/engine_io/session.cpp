#include "libs/engine_io/session.h"

#include <algorithm>
#include <utility>

#include "libs/engine_io/payload.h"

namespace marquee::engine_io {

using websocket::CloseCode;
using websocket::Delivery;
using websocket::Frame;
using websocket::FramePtr;
using websocket::SendQueue;

namespace {

constexpr std::string_view kCloseRecord = "1";
constexpr std::string_view kNoopRecord = "6";
constexpr std::size_t kScratchKeptBytes = 64 * 1024;

void send_one(Socket& socket, const FramePtr& frame) {
  socket.send({&frame, 1}, {});
}

}  // namespace

Session::Session(std::string sid, const Settings& settings, Listener& listener, Time now)
    : sid_(std::move(sid)),
      settings_(settings),
      listener_(&listener),
      heartbeat_(now + settings.ping_interval) {}

void Session::open(Socket& socket) {
  socket_ = &socket;
  send_one(socket, Frame::text({"0", handshake(sid_, false, settings_)}));
}

std::string Session::opening() const {
  return "0" + handshake(sid_, settings_.upgrades, settings_);
}

bool Session::poll(Poll& poll) {
  if (state_ == State::kGone || socket_ != nullptr) return false;
  if (poll_ != nullptr) {
    end(CloseReason::kProtocolError);
    return false;
  }
  if (full_) {
    end(CloseReason::kSlow);
    return false;
  }
  poll_ = &poll;
  if (!queue_.empty() && !probed_) answer_poll();
  return true;
}

void Session::poll_gone(Poll& poll) {
  if (poll_ != &poll) return;
  poll_ = nullptr;
  end(CloseReason::kByClient);
}

bool Session::begin_post() {
  if (state_ != State::kOpen || socket_ != nullptr) return false;
  if (posting_) {
    end(CloseReason::kProtocolError);
    return false;
  }
  posting_ = true;
  return true;
}

bool Session::post(std::string_view body, Time now) {
  if (state_ != State::kOpen || socket_ != nullptr) return false;
  PayloadReader in(body);
  for (Packet packet; state_ == State::kOpen && in.next(packet);) {
    if (!take(packet, now)) return false;
  }
  if (!in.malformed()) return true;
  end(CloseReason::kProtocolError);
  return false;
}

bool Session::take(const Packet& packet, Time now) {
  switch (packet.type) {
    case PacketType::kMessage:
      if (listener_ != nullptr) listener_->on_message(packet.data, packet.binary);
      return true;
    case PacketType::kPong:
      if (awaits_pong_) heartbeat_ = now + settings_.ping_interval;
      awaits_pong_ = false;
      return true;
    case PacketType::kNoop:
      return true;
    case PacketType::kClose:
      if (poll_ != nullptr) answer_poll_with(kNoopRecord);
      end(CloseReason::kByClient);
      return true;
    case PacketType::kOpen:
    case PacketType::kPing:
    case PacketType::kUpgrade:
      break;
  }
  end(CloseReason::kProtocolError);
  return false;
}

bool Session::upgrade(Socket& socket, Time now) {
  if (state_ != State::kOpen || socket_ != nullptr || probe_ != nullptr) return false;
  if (!settings_.upgrades) return false;
  probe_ = &socket;
  probed_ = false;
  probe_end_ = now + settings_.upgrade_timeout;
  return true;
}

void Session::socket_message(Socket& socket, std::string_view data, bool binary, Time now) {
  if (&socket == probe_) {
    if (binary) {
      drop_probe();
    } else {
      probe_message(data, now);
    }
    return;
  }
  if (&socket != socket_ || state_ != State::kOpen) return;
  if (binary) {
    if (listener_ != nullptr) listener_->on_message(data, true);
    return;
  }
  if (auto packet = decode_text(data)) {
    take(*packet, now);
  } else {
    end(CloseReason::kProtocolError);
  }
}

void Session::probe_message(std::string_view data, Time now) {
  if (data == kProbe && !probed_) {
    probed_ = true;
    send_one(*probe_, probe_answer_frame());
    // The client moves when its GET has come back: this, and those that follow, are let go.
    if (poll_ != nullptr) answer_poll_with(kNoopRecord);
    noop_ = now + settings_.upgrade_noop_interval;
  } else if (data == "5" && probed_) {
    move_to_probe();
  } else {
    drop_probe();
  }
}

void Session::move_to_probe() {
  if (poll_ != nullptr) answer_poll_with(kNoopRecord);
  socket_ = std::exchange(probe_, nullptr);
  probe_end_ = noop_ = Time::max();
  while (FramePtr frame = queue_.pop()) send_one(*socket_, frame);
  if (listener_ != nullptr) listener_->on_upgrade(true);
}

void Session::drop_probe() {
  std::exchange(probe_, nullptr)->close(CloseCode::kNormal);
  probe_ended();
}

void Session::probe_ended() {
  probe_end_ = noop_ = Time::max();
  probed_ = false;
  if (poll_ != nullptr && !queue_.empty()) answer_poll();
  if (listener_ != nullptr) listener_->on_upgrade(false);
}

void Session::socket_closed(Socket& socket, bool slow) {
  if (&socket == probe_) {
    probe_ = nullptr;
    probe_ended();
  } else if (&socket == socket_) {
    socket_ = nullptr;
    end(slow ? CloseReason::kSlow : CloseReason::kByClient);
  }
}

std::optional<std::string> Session::hand_over(std::size_t bytes_max) {
  const bool told = probe_ != nullptr && probed_;
  if (state_ != State::kOpen || !told || full_ || queue_.bytes() > bytes_max) return std::nullopt;
  std::string body;
  while (FramePtr frame = queue_.pop()) append_record(*frame, body);
  listener_ = nullptr;
  if (poll_ != nullptr) answer_poll_with(kNoopRecord);
  end(CloseReason::kByServer);
  return body;
}

void Session::take_over(std::string_view body, Time now) {
  if (state_ != State::kOpen || socket_ == nullptr) return;
  PayloadReader in(body);
  for (Packet packet; in.next(packet);) {
    // It is asked for a sign of life now, whenever that was last.
    if (packet.type != PacketType::kMessage) continue;
    send(packet.binary ? binary_message(packet.data) : text_message(packet.data));
  }
  awaits_pong_ = false;
  heartbeat_ = now;
}

void Session::send(Frames frames, Delivery delivery) {
  if (state_ != State::kOpen || full_) return;
  if (socket_ != nullptr) {
    socket_->send(frames, delivery);
  } else {
    queue_polled(frames, delivery);
  }
}

void Session::queue_polled(Frames frames, Delivery delivery) {
  if (queue_.push(frames, delivery, settings_.queue) == SendQueue::Pushed::kFull) {
    full_ = true;  // on_time() closes it
  } else if (poll_ != nullptr && !probed_) {
    answer_poll();
  }
}

void Session::answer_poll() {
  static thread_local std::string body;
  body.clear();
  const Frame* frame = queue_.front();
  // One that is too large alone is sent alone.
  while (frame != nullptr) {
    if (!body.empty() && body.size() + record_bytes(*frame) > settings_.payload_bytes_max) break;
    append_record(*frame, body);
    queue_.pop();
    frame = queue_.front();
  }
  answer_poll_with(body);
  if (body.capacity() > kScratchKeptBytes) std::string().swap(body);
  if (state_ == State::kClosing && queue_.empty()) end(CloseReason::kByServer);
}

void Session::answer_poll_with(std::string_view body) {
  std::exchange(poll_, nullptr)->answer(body);
}

void Session::close(CloseCode code) {
  listener_ = nullptr;
  if (state_ != State::kOpen) return;
  if (socket_ != nullptr) return end(CloseReason::kByServer, code);
  if (probe_ != nullptr) drop_probe();
  state_ = State::kClosing;
  heartbeat_ += settings_.close_timeout;
  queue_.push_last(Frame::text({kCloseRecord}));
  if (poll_ != nullptr) answer_poll();
}

void Session::end(CloseReason reason, CloseCode code) {
  if (state_ == State::kGone) return;
  state_ = State::kGone;
  if (poll_ != nullptr) answer_poll_with(kCloseRecord);
  if (probe_ != nullptr) std::exchange(probe_, nullptr)->close(code);
  if (socket_ != nullptr) std::exchange(socket_, nullptr)->close(code);
  queue_ = {};
  if (Listener* listener = std::exchange(listener_, nullptr)) listener->on_closed(reason);
}

Session::Time Session::deadline() const {
  if (state_ == State::kGone) return Time::max();
  if (full_) return Time::min();
  const Time its = listener_ != nullptr ? listener_->deadline() : Time::max();
  return std::min({heartbeat_, probe_end_, noop_, its});
}

void Session::on_time(Time now) {
  if (state_ == State::kGone) return;
  if (full_) return end(CloseReason::kSlow);
  if (listener_ != nullptr && now >= listener_->deadline()) listener_->on_time(now);
  if (state_ == State::kGone) return;
  if (now >= probe_end_) drop_probe();
  if (now >= noop_) {
    if (poll_ != nullptr) answer_poll_with(kNoopRecord);
    noop_ = now + settings_.upgrade_noop_interval;
  }
  if (now < heartbeat_) return;
  if (state_ == State::kClosing) return end(CloseReason::kByServer);
  if (awaits_pong_) return end(CloseReason::kPingTimeout);
  awaits_pong_ = true;
  heartbeat_ = now + settings_.ping_timeout;
  if (socket_ != nullptr) {
    send_one(*socket_, ping_frame());
  } else {
    queue_polled({&ping_frame(), 1}, {});
  }
}

}  // namespace marquee::engine_io
