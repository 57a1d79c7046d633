// What is to be said of every process alike: build, memory, processor time, descriptors, when it
// started. Read from /proc at each scrape.
#pragma once

#include <string>

#include "libs/ops/live_registry.h"

namespace marquee::ops {

// `service`: "gateway", "auth-service".
void add_process_metrics(LiveRegistry& registry, const std::string& service);

}  // namespace marquee::ops
