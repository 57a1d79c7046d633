// What a process says of its bus: connected or not, messages out and in, how old they came in, what
// was lost. `bus` must live as long as the registry is scraped.
#pragma once

#include "libs/bus/bus.h"
#include "libs/ops/live_registry.h"

namespace marquee::bus {

void add_metrics(ops::LiveRegistry& registry, const Bus& bus);

}  // namespace marquee::bus
