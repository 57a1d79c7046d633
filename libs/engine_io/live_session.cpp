#include "libs/engine_io/live_session.h"

#include <utility>

#include "libs/engine_io/sessions.h"

namespace marquee::engine_io {

using websocket::CloseCode;
using websocket::Connection;
using websocket::Delivery;
using websocket::FramePtr;
using Time = Session::Time;

// One WebSocket of the session, or one that would like to be.
struct LiveSession::Link final : Socket, Connection::Listener {
  explicit Link(LiveSession& its_owner) : owner(its_owner) {}

  void send(std::span<const FramePtr> frames, Delivery delivery) override {
    if (connection) connection->send(frames, delivery);
  }

  void close(CloseCode code) override {
    if (!connection) return;
    std::exchange(connection, nullptr)->close(code, {});
  }

  void on_message(std::string_view data, bool binary) override {
    auto kept = owner.shared_from_this();
    owner.session_.socket_message(*this, data, binary, owner.now());
    owner.settle();
  }

  void on_closed(CloseCode code) override {
    auto kept = owner.shared_from_this();
    connection = nullptr;
    owner.session_.socket_closed(*this, code == CloseCode::kSlow);
    owner.settle();
  }

  LiveSession& owner;
  std::shared_ptr<Connection> connection;  // null: closed
};

// What is said to a WebSocket that is not here, its owner says.
struct LiveSession::Elsewhere final : Socket {
  void send(std::span<const FramePtr>, Delivery) override {}
  void close(CloseCode) override {}
};

LiveSession::LiveSession(Sessions& sessions, std::string sid,
                         std::unique_ptr<Session::Listener> listener)
    : sessions_(sessions),
      listener_(std::move(listener)),
      session_(std::move(sid), sessions.settings(), *listener_, now()) {
  settle();
}

LiveSession::~LiveSession() {
  for (auto& one : links_) one->close(CloseCode::kNormal);
  if (cleaning_) sessions_.loop().never_flush(*this);
}

Time LiveSession::now() const {
  return sessions_.loop().now();
}

bool LiveSession::poll(Poll& poll) {
  const bool taken = session_.poll(poll);
  settle();
  return taken;
}

void LiveSession::poll_gone(Poll& poll) {
  session_.poll_gone(poll);
  settle();
}

bool LiveSession::begin_post() {
  const bool taken = session_.begin_post();
  settle();
  return taken;
}

bool LiveSession::post(std::string_view body) {
  const bool taken = session_.post(body, now());
  settle();
  return taken;
}

void LiveSession::post_too_large() {
  session_.post_too_large();
  settle();
}

void LiveSession::close(CloseCode code) {
  session_.close(code);
  settle();
}

LiveSession::Link& LiveSession::link(std::unique_ptr<websocket::Stream> stream) {
  links_.push_back(std::make_unique<Link>(*this));
  Link& made = *links_.back();
  made.connection = std::make_shared<Connection>(sessions_.loop(), std::move(stream),
                                                 sessions_.socket_limits(), made);
  return made;
}

void LiveSession::open(std::unique_ptr<websocket::Stream> stream, std::string_view early) {
  Link& made = link(std::move(stream));
  auto connection = made.connection;
  session_.open(made);
  connection->start(early);
}

void LiveSession::upgrade(std::unique_ptr<websocket::Stream> stream, std::string_view early) {
  Link& made = link(std::move(stream));
  auto connection = made.connection;
  if (!session_.upgrade(made, now())) made.close(CloseCode::kNormal);
  settle();
  connection->start(early);
}

bool LiveSession::begin_move() {
  auto offered = std::make_unique<Elsewhere>();
  if (!session_.upgrade(*offered, now())) return false;
  elsewhere_ = std::move(offered);
  session_.socket_message(*elsewhere_, kProbe, false, now());
  settle();
  return true;
}

void LiveSession::end_move() {
  if (elsewhere_) session_.socket_closed(*elsewhere_, false);
  settle();
}

std::optional<std::string> LiveSession::hand_over(std::size_t bytes_max) {
  auto body = session_.hand_over(bytes_max);
  settle();
  return body;
}

void LiveSession::take_over(std::string_view body) {
  session_.take_over(body, now());
  settle();
}

void LiveSession::settle() {
  const Time deadline = session_.deadline();
  if (deadline < armed_for_) {
    armed_for_ = deadline;
    sessions_.loop().wake_at(*this, deadline);
  }
  const bool closed_link = links_.size() > 1 || (links_.size() == 1 && !links_[0]->connection);
  if (cleaning_ || (!session_.gone() && !closed_link)) return;
  cleaning_ = true;
  sessions_.loop().flush_later(*this);
}

void LiveSession::on_alarm(Time time) {
  auto kept = shared_from_this();
  armed_for_ = Time::max();
  session_.on_time(time);
  settle();
}

// What ended is let go of when nothing on the stack can be within it.
void LiveSession::flush() {
  auto kept = shared_from_this();
  cleaning_ = false;
  std::erase_if(links_, [](const auto& one) { return !one->connection; });
  if (session_.gone()) sessions_.forget(*this);
}

}  // namespace marquee::engine_io
