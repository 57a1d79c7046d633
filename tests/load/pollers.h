// Clients of Socket.IO that only ever poll, on one thread: each joins a room, then asks again as
// soon as it is answered, and counts the messages that say when they were sent. As
// testing::Listeners, for the benchmark of sockets.
#pragma once

#include <memory>
#include <string>

#include "libs/testing/listeners.h"

namespace marquee::load {

class Pollers {
 public:
  // `join`: the packet by which one joins; empty: connecting is enough. Returns when all wait for
  // messages. Throws std::runtime_error.
  Pollers(int port, int count, std::string join);
  ~Pollers();
  Pollers(const Pollers&) = delete;
  Pollers& operator=(const Pollers&) = delete;

  testing::Listeners::Reading take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::load
