#include <limits>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "libs/core/ids.h"
#include "libs/core/string_map.h"
#include "libs/identity/ec_keys.h"
#include "libs/identity/jwt.h"
#include "libs/identity/keys.h"

namespace marquee::identity {
namespace {

using nlohmann::json;

constexpr std::size_t kSignatureBytes = 64;
// Within what the system clock can hold (year 2255).
constexpr std::int64_t kSecondsMax = 9'000'000'000;

struct Segments {
  std::string header;
  std::string payload;
};

// The decoded parts; nothing unless there are exactly three, all base64url, with an ES256-sized
// signature.
std::optional<Segments> split(std::string_view token) {
  if (token.size() > kTokenBytesMax) return std::nullopt;
  auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  Segments segments;
  std::string signature;
  if (!base64url_decode(token.substr(0, first), segments.header) ||
      !base64url_decode(token.substr(first + 1, second - first - 1), segments.payload) ||
      !base64url_decode(token.substr(second + 1), signature) ||
      signature.size() != kSignatureBytes) {
    return std::nullopt;
  }
  return segments;
}

json parse_object(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  return value.is_object() ? value : json(json::value_t::discarded);
}

std::optional<std::string> text_member(const json& object, const char* name) {
  auto it = object.find(name);
  if (it == object.end() || !it->is_string()) return std::nullopt;
  return it->get<std::string>();
}

std::optional<std::int64_t> integer_member(const json& object, const char* name, std::int64_t min,
                                           std::int64_t max) {
  auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  if (it->is_number_unsigned() && it->get<std::uint64_t>() > static_cast<std::uint64_t>(max)) {
    return std::nullopt;
  }
  auto value = it->get<std::int64_t>();
  if (value < min || value > max) return std::nullopt;
  return value;
}

// The kid of a header that asks for exactly what we do.
std::optional<std::string> es256_kid(const std::string& header_text) {
  json header = parse_object(header_text);
  if (header.is_discarded() || text_member(header, "alg") != "ES256" || header.contains("crit")) {
    return std::nullopt;
  }
  return text_member(header, "kid");
}

WallTime wall_time(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

bool read_claims(const std::string& payload_text, Claims& claims) {
  json payload = parse_object(payload_text);
  if (payload.is_discarded() || text_member(payload, "iss") != kIssuer) return false;
  auto user_id = integer_member(payload, "user_id", 1, std::numeric_limits<std::int64_t>::max());
  auto issued = integer_member(payload, "iat", 0, kSecondsMax);
  auto expires = integer_member(payload, "exp", 0, kSecondsMax);
  auto uid = text_member(payload, "uid");
  auto session = text_member(payload, "sid");
  auto subject = text_member(payload, "sub");
  auto role = text_member(payload, "role");
  if (!user_id || !issued || !expires || !uid || !session || session->empty() || !subject) {
    return false;
  }
  if (role != "user" && role != "admin") return false;
  claims.user_id = *user_id;
  claims.uid = std::move(*uid);
  claims.session_id = std::move(*session);
  claims.subject = std::move(*subject);
  claims.role = role == "admin" ? rpc::Caller::Role::kAdmin : rpc::Caller::Role::kUser;
  claims.issued_at = wall_time(*issued);
  claims.expires_at = wall_time(*expires);
  return true;
}

}  // namespace

struct Verifier::Impl {
  StringMap<std::string> pem_by_kid;
};

Verifier::Verifier(std::string_view jwks_json) : impl_(std::make_unique<Impl>()) {
  json document = json::parse(jwks_json, nullptr, false);
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
    throw std::invalid_argument("not a JWKS");
  }
  for (const auto& jwk : document["keys"]) {
    if (!jwk.is_object() || text_member(jwk, "kty") != "EC" || text_member(jwk, "crv") != "P-256") {
      continue;
    }
    if (jwk.contains("alg") && text_member(jwk, "alg") != "ES256") continue;
    if (jwk.contains("use") && text_member(jwk, "use") != "sig") continue;
    auto kid = text_member(jwk, "kid");
    auto x = text_member(jwk, "x");
    auto y = text_member(jwk, "y");
    EcPoint point;
    if (!kid || !x || !y || !base64url_decode(*x, point.x) || !base64url_decode(*y, point.y)) {
      continue;
    }
    if (auto pem = public_pem(point)) impl_->pem_by_kid.insert_or_assign(*kid, std::move(*pem));
  }
}

Verifier::~Verifier() = default;

Verifier::Result Verifier::verify(std::string_view token, WallTime now, Claims& claims) const {
  auto segments = split(token);
  if (!segments) return Result::kInvalid;
  auto kid = es256_kid(segments->header);
  if (!kid) return Result::kInvalid;
  auto key = impl_->pem_by_kid.find(*kid);
  if (key == impl_->pem_by_kid.end()) return Result::kUnknownKey;
  if (!jwt_verify_es256(std::string(token), key->second)) return Result::kInvalid;
  Claims read;
  if (!read_claims(segments->payload, read)) return Result::kInvalid;
  bool expired = read.expires_at <= now;
  claims = std::move(read);
  return expired ? Result::kExpired : Result::kValid;
}

bool Verifier::knows(std::string_view kid) const {
  return impl_->pem_by_kid.find(kid) != impl_->pem_by_kid.end();
}

std::optional<std::string> unverified_kid(std::string_view token) {
  auto segments = split(token);
  return segments ? es256_kid(segments->header) : std::nullopt;
}

}  // namespace marquee::identity
