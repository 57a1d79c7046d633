// How durable events travel. The same in every service of a suite; constant after the start.
#pragma once

#include <chrono>
#include <string>

namespace marquee::events {

using std::chrono::milliseconds;

struct Config {
  std::string stream = "EVENTS";
  std::string prefix = "events";  // of subjects: events.user.deleted
  // Copies that NATS servers keep of each event; no more than there are servers.
  int replicas = 1;
  // What a consumer has not heard by then it never hears.
  std::chrono::hours max_age{24 * 14};
  std::chrono::seconds duplicates{600};

  // Relay: looks for what others left behind; begins no two batches within `gather`, unless they
  // are full; tells so many neighbours of one type in one message; waits for acknowledgements;
  // waits between tries.
  milliseconds sweep{5'000};
  milliseconds gather{25};
  int batch = 256;
  int together = 64;
  milliseconds ack_patience{3'000};
  milliseconds retry_first{100};
  milliseconds retry_max{5'000};

  // Consumer: who was handed an event must be done by then; failures until it is put aside; waits
  // between them, doubled each time.
  milliseconds ack_wait{30'000};
  int failures_max = 10;
  milliseconds again_first{1'000};
  milliseconds again_max{60'000};
};

}  // namespace marquee::events
