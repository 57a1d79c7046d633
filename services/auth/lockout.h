// How long an account is locked after failed sign-ins in a row. Any thread.
#pragma once

#include "services/auth/config.h"

namespace marquee::auth {

// 0 for fewer failures than the configured number; then `first`, doubling to `longest`.
milliseconds lock_time(int failures, const LockoutConfig& config);

}  // namespace marquee::auth
