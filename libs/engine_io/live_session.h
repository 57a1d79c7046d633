// An Engine.IO session in real time: the session, who listens to it, its alarm on the loop and its
// WebSockets. What comes from outside goes through here. Kept by Sessions until nobody will ask for
// it any more; one thread, that of its loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/engine_io/session.h"
#include "libs/websocket/connection.h"

namespace marquee::engine_io {

class Sessions;

class LiveSession final : public std::enable_shared_from_this<LiveSession>,
                          private websocket::Loop::Alarm,
                          private websocket::Loop::Flushed {
 public:
  LiveSession(Sessions& sessions, std::string sid, std::unique_ptr<Session::Listener> listener);
  ~LiveSession() override;

  Session& session() { return session_; }
  const std::string& sid() const { return session_.sid(); }

  // As those of the session (libs/engine_io/session.h).
  [[nodiscard]] bool poll(Poll& poll);
  void poll_gone(Poll& poll);
  [[nodiscard]] bool begin_post();
  void end_post() { session_.end_post(); }
  [[nodiscard]] bool post(std::string_view body);
  void post_too_large();
  // The listener hears no more.
  void close(websocket::CloseCode code = websocket::CloseCode::kNormal);

  // A WebSocket behind its handshake; `early`: what came behind that.
  void open(std::unique_ptr<websocket::Stream> stream, std::string_view early);
  // Closes it when the session does not want it.
  void upgrade(std::unique_ptr<websocket::Stream> stream, std::string_view early);

  // Its client has a WebSocket elsewhere, and has been told to move there. False: it may not.
  [[nodiscard]] bool begin_move();
  // It did not.
  void end_move();
  // As those of the session.
  std::optional<std::string> hand_over(std::size_t bytes_max);
  void take_over(std::string_view body);

  Session::Listener& listener() { return *listener_; }

 private:
  struct Link;
  struct Elsewhere;

  Link& link(std::unique_ptr<websocket::Stream> stream);
  void settle();
  void on_alarm(Session::Time now) override;
  void flush() override;
  Session::Time now() const;

  Sessions& sessions_;
  const std::unique_ptr<Session::Listener> listener_;
  Session session_;
  std::vector<std::unique_ptr<Link>> links_;
  std::unique_ptr<Elsewhere> elsewhere_;
  Session::Time armed_for_ = Session::Time::max();
  bool cleaning_ = false;
};

}  // namespace marquee::engine_io
