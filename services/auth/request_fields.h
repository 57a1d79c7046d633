// The texts by which clients of the two surfaces hear of missing fields, and of callers that are
// gone. Stateless; any thread.
#pragma once

#include <string>

#include "libs/core/error.h"

namespace marquee::auth {

// 400 "Missing required field: X".
inline Error missing_field(const std::string& name) {
  std::string text = "Missing required field: " + name;
  return Error::invalid("missing_field", text).field(name, text);
}

// Adds "This field is required." or "This field may not be blank.". True when there is a text.
inline bool require_text(Violations& bad, const std::string& name, bool present,
                         const std::string& value) {
  if (!present) {
    bad.add(name, "This field is required.");
  } else if (value.empty()) {
    bad.add(name, "This field may not be blank.");
  }
  return present && !value.empty();
}

// 401 for a token whose user was deleted.
inline Error caller_gone() {
  return Error::unauthenticated("user_not_found", "User not found");
}

}  // namespace marquee::auth
