// `gateway health`: asks a running gateway's own ops port, for scripts and container health checks.
#pragma once

#include "gateway/config.h"

namespace marquee::gateway {

// Exit code: 0 when /readyz of config.ops_listen answers 200 within two seconds, else 1 and a
// sentence on stderr.
int check_health(const Config& config);

}  // namespace marquee::gateway
