// What a caller hears whose work was given up.
#pragma once

#include "libs/core/deadline.h"
#include "libs/core/error.h"

namespace marquee::db {

// True when nobody waits any more.
inline bool is_unwanted(const Deadline& deadline) {
  return time_left(deadline).count() == 0;
}

// CANCELLED when `deadline` was cancelled, DEADLINE_EXCEEDED otherwise.
inline Error unwanted(const Deadline& deadline) {
  if (deadline.cancelled()) return {Code::kCancelled, "cancelled", "The client has gone"};
  return Error::deadline();
}

}  // namespace marquee::db
