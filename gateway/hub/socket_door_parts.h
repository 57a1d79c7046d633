// The inside of the door (gateway/hub/socket_door.h): where sessions of Engine.IO live, and what
// their clients get. For its own sources alone.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/abort.h"
#include "gateway/hub/socket_door.h"
#include "libs/core/string_map.h"

namespace marquee::gateway {

struct SocketDoor::Core {
  Core(HubCore& hub_core, const engine_io::Settings& settings,
       const websocket::Connection::Limits& limits)
      : core(hub_core), sessions(hub_core.loop(), settings, limits) {}
  HubCore& core;
  engine_io::Sessions sessions;
};

// Where a session lives.
struct SocketDoor::Place {
  Core* core = nullptr;  // null: on another gateway
  std::string instance;
  std::string sid;
};

struct SocketDoor::Packets {
  Packets() = default;  // no aggregate: coroutines return it
  std::optional<engine_io::Refusal> refusal;
  std::string body;
};

// Polls of other gateways' clients, by where their answer goes.
struct SocketDoor::Served {
  struct Poll {
    HubCore* core = nullptr;
    Abort abort;
  };
  std::mutex mutex;
  StringMap<std::shared_ptr<Poll>> polls;
};

// Runs `work` on the core's thread; returns when it is done.
net::awaitable<void> run_on(HubCore& core, std::function<void()> work);

}  // namespace marquee::gateway
