// Who makes a call, as the gateway established it, carried between processes in gRPC metadata
// `marquee-caller`. The gateway drops such headers from outside, services trust it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace marquee::rpc {

inline constexpr char kCallerMetadata[] = "marquee-caller";
inline constexpr char kRequestIdMetadata[] = "x-request-id";
inline constexpr char kErrorMetadata[] = "marquee-error-bin";
// "1": what the call reads was changed a moment ago, so caches must not answer it.
inline constexpr char kFreshMetadata[] = "marquee-fresh";

struct Caller {
  enum class Role : std::uint8_t { kUser, kAdmin, kService };

  std::int64_t user_id = 0;  // 0: anonymous (or a service)
  std::string uid;
  std::string session_id;
  Role role = Role::kUser;

  bool signed_in() const { return user_id != 0; }
  bool admin() const { return role == Role::kAdmin; }
  // Another service acting for itself.
  static Caller service() {
    Caller caller;
    caller.role = Role::kService;
    return caller;
  }
};

// "17 user 5f0c...(session) 9d1b...(uid)"; "-" for anonymous, "service" for a service.
std::string encode_caller(const Caller& caller);
// Nothing when malformed.
std::optional<Caller> decode_caller(std::string_view text);

}  // namespace marquee::rpc
