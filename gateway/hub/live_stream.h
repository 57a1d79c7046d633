// The stream LIVE, by which what was published to topics and must arrive is numbered, sent on to
// the gateways that hear it, and kept for a while. Made or adapted by the gateway that comes first.
// Owned by the feeds, used by their thread. All throws Error when the bus is away.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/bus/jetstream.h"

namespace marquee::gateway {

class LiveStream {
 public:
  static constexpr char kName[] = "LIVE";
  struct Limits {
    int replicas = 1;
    std::int64_t bytes = 32 * 1024 * 1024;
    std::chrono::seconds time = std::chrono::minutes(10);
  };

  // Null `bus`: nothing of it may be called.
  LiveStream(const bus::Bus* bus, Limits limits) : bus_(bus), limits_(limits) {}

  bus::StreamState open();
  // To be called every few seconds with what open() has just returned: keeps the limits where the
  // server would do so at too high a price.
  void tidy(const bus::StreamState& state);
  // Something may be lost: it has another identity from now on (bus::on_election).
  void begin_run(const std::string& run);
  // The first message of the topic whose number is `from` or greater.
  std::optional<bus::KeptMessage> next(const std::string& topic, std::uint64_t from);
  // The connection broke: what was open may be another stream now.
  void reopen() { jetstream_.reset(); }

 private:
  bus::StreamConfig config() const;
  void ensure();

  const bus::Bus* const bus_;
  const Limits limits_;
  std::optional<bus::JetStream> jetstream_;
  // The server would spend up to half a millisecond on each message that a limit removes; so the
  // stream is emptied now and then, and who is away at that moment is told to load anew.
  bool empties_ = false;
};

}  // namespace marquee::gateway
