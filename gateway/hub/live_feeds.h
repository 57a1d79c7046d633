// What this gateway hears on the bus: a subscription for each topic that some socket here has
// joined, what came lately of it, and that nothing is missing. Messages that must arrive carry the
// number that the stream LIVE gave them and the number of their topic's one before; where one is
// missing it is read again, and where it cannot be had, the topic's sockets are told to load anew
// (`resync`): never a silent hole.
//
// An offset is a number of the stream, of any topic; the epoch says which stream. A topic without
// sockets is heard for a while longer, so that who comes back soon is served from memory.
//
// Owned by the hub. Has a thread for what waits for the bus. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hub/live_event.h"
#include "gateway/hub/live_stream.h"
#include "gateway/hub/socket_command.h"
#include "libs/bus/bus.h"

namespace marquee::gateway {

class LiveFeeds {
 public:
  struct Limits {
    std::size_t kept_messages = 500;  // of a topic, here
    std::chrono::seconds kept_time{120};
    LiveStream::Limits stream;  // where it is made here
  };
  struct Missed {
    Missed() = default;     // no aggregate: coroutines return it
    bool complete = false;  // else it is unknown what is missing
    std::vector<std::shared_ptr<const LiveEvent>> events;
  };
  using Events = std::shared_ptr<const LiveEvent>;
  // On threads of the bus or on the feeds' own: must be short.
  using Deliver = std::function<void(const Events&)>;

  // `bus` and `types` outlive it; `bus` is made with `one_thread`. Null `bus`: nothing is heard.
  LiveFeeds(bus::Bus* bus, const LiveTypes& types, Limits limits, Deliver deliver);
  ~LiveFeeds();
  LiveFeeds(const LiveFeeds&) = delete;
  LiveFeeds& operator=(const LiveFeeds&) = delete;

  // One more socket is to hear the topic. True: it is heard already; else `heard` is called, once,
  // on any thread, when what is published from now on will come (or the bus is away).
  bool join(const std::string& topic, std::function<void()> heard);
  void leave(const std::string& topic);
  // What came to the topic behind `offset`. Calls back once, on any thread.
  void missed(const std::string& topic, const std::string& epoch, std::uint64_t offset,
              std::function<void(Missed)> answer);

  struct Position {
    std::string epoch;  // empty: not known yet
    std::uint64_t offset = 0;
  };
  // From where a socket may go on that has missed nothing so far.
  Position position() const;
  // Up to where all of the topic has been delivered, and nothing of what is behind.
  ResumePoint delivered(const std::string& topic) const;
  std::size_t topics() const;
  // Answers all who wait; nothing is heard any more.
  void stop();

 private:
  struct Impl;
  struct Question;
  std::shared_ptr<Impl> impl_;
};

}  // namespace marquee::gateway
