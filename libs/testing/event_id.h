// Ids for events that tests tell themselves. They rise with time, as those of the outbox do
// (libs/events/migrations): a random one may be taken for one of long ago, and be forgotten.
#pragma once

#include <chrono>
#include <iomanip>
#include <sstream>
#include <string>

#include "libs/core/ids.h"

namespace marquee::testing {

inline std::string new_event_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::ostringstream text;
  text << std::hex << std::setw(12) << std::setfill('0')
       << std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::string ms = text.str();
  return ms.substr(0, 8) + "-" + ms.substr(8) + "-7" + random_uuid().substr(15);
}

}  // namespace marquee::testing
