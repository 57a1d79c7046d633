// What a process says of its durable events: what waits in the outbox and was relayed, what its
// consumers handled, have before them and had to put aside. All must live as long as the registry
// is scraped.
#pragma once

#include "libs/events/consumer.h"
#include "libs/events/relay.h"
#include "libs/ops/live_registry.h"

namespace marquee::events {

void add_metrics(ops::LiveRegistry& registry, const Relay& relay);
void add_metrics(ops::LiveRegistry& registry, const Consumer& consumer);

}  // namespace marquee::events
