#include "services/auth/lockout.h"

#include <algorithm>

namespace marquee::auth {

milliseconds lock_time(int failures, const LockoutConfig& config) {
  if (failures < config.failures) return milliseconds(0);
  milliseconds time = config.first;
  for (int i = config.failures; i < failures && time < config.longest; ++i) time *= 2;
  return std::min(time, config.longest);
}

}  // namespace marquee::auth
