// The Engine.IO sessions of one I/O thread, by sid. Owned by the thread's owner, after its loop;
// one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libs/core/string_map.h"
#include "libs/engine_io/live_session.h"

namespace marquee::engine_io {

class Sessions {
 public:
  // All outlive it.
  Sessions(websocket::Loop& loop, const Settings& settings,
           const websocket::Connection::Limits& socket_limits)
      : loop_(loop), settings_(settings), socket_limits_(socket_limits) {}

  // `sid` must not be guessable: who knows it is the session.
  std::shared_ptr<LiveSession> add(std::string sid, std::unique_ptr<Session::Listener> listener);
  // Null: unknown.
  std::shared_ptr<LiveSession> find(std::string_view sid) const;
  std::size_t size() const { return sessions_.size(); }
  void close_all();

  websocket::Loop& loop() { return loop_; }
  const Settings& settings() const { return settings_; }
  const websocket::Connection::Limits& socket_limits() const { return socket_limits_; }

 private:
  friend class LiveSession;
  void forget(const LiveSession& session);

  websocket::Loop& loop_;
  const Settings& settings_;
  const websocket::Connection::Limits& socket_limits_;
  StringMap<std::shared_ptr<LiveSession>> sessions_;
};

}  // namespace marquee::engine_io
