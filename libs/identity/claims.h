// What an access token says, and how it is written: ES256, header {alg, typ, kid}, a payload of
// ASCII claims with numeric times that survives a browser's atob (no '-' or '_' in its base64url).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "libs/core/clock.h"
#include "libs/rpc/caller.h"

namespace marquee::identity {

struct Claims {
  std::int64_t user_id = 0;                           // claim "user_id"
  std::string uid;                                    // claim "uid"
  std::string session_id;                             // claim "sid"
  rpc::Caller::Role role = rpc::Caller::Role::kUser;  // claim "role": "user" or "admin"
  std::string subject;  // claim "sub": what the client knows as its id
  WallTime issued_at;   // claim "iat"
  WallTime expires_at;  // claim "exp"
};

inline constexpr char kIssuer[] = "marquee";
// Largest token that is looked at.
inline constexpr std::size_t kTokenBytesMax = 4096;

rpc::Caller caller_of(const Claims& claims);

}  // namespace marquee::identity
