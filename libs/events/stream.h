// The stream that keeps all services' events: made or adapted by whoever comes first.
#pragma once

#include "libs/bus/jetstream.h"
#include "libs/events/config.h"

namespace marquee::events {

// Throws Error UNAVAILABLE.
inline void ensure_stream(bus::JetStream& jetstream, const Config& config) {
  bus::StreamConfig stream;
  stream.name = config.stream;
  stream.subject = config.prefix + ".>";
  stream.replicas = config.replicas;
  stream.max_age = config.max_age;
  stream.duplicates = config.duplicates;
  jetstream.ensure_stream(stream);
}

}  // namespace marquee::events
