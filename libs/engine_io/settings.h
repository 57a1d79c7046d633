// What an Engine.IO server promises its clients, and the first packet that tells them. Fixed at
// start; shared by all sessions.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "libs/websocket/send_queue.h"

namespace marquee::engine_io {

struct Settings {
  using Time = std::chrono::milliseconds;
  Time ping_interval{25'000};
  Time ping_timeout{20'000};
  Time upgrade_timeout{10'000};
  // A waiting GET is let go so often while its session moves to a WebSocket.
  Time upgrade_noop_interval{100};
  // A closed session is kept this long for the GET that is to be told.
  Time close_timeout{30'000};
  std::size_t payload_bytes_max = 1'000'000;  // of an HTTP body, either way
  bool upgrades = true;
  websocket::SendQueue::Limits queue;  // of a session that polls
};

// {"sid":...,"upgrades":...,"pingInterval":...,"pingTimeout":...,"maxPayload":...}
std::string handshake(std::string_view sid, bool upgrades, const Settings& settings);

}  // namespace marquee::engine_io
