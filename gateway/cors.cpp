#include "gateway/cors.h"

#include "gateway/header_values.h"

namespace marquee::gateway {
namespace {

// "http://host:port" of a URL; empty when it is none.
std::string_view origin_of(std::string_view url) {
  auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme_end + 3));
}

// The scheme is left out: behind a proxy that ends TLS we see another one than the browser.
bool same_host(std::string_view origin, std::string_view host) {
  auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || host.empty()) return false;
  return equals_ignoring_case(origin.substr(scheme_end + 3), host);
}

}  // namespace

Cors::Cors(const std::vector<std::string>& origins, bool origin_required)
    : origins_(origins.begin(), origins.end()), origin_required_(origin_required) {
  origins_.erase("null");
}

void Cors::add_headers(std::string_view origin, Answer& answer) const {
  if (!allows(origin)) return;
  answer.header("Access-Control-Allow-Origin", origin);
  answer.headers +=
      "Access-Control-Allow-Credentials: true\r\n"
      "Access-Control-Expose-Headers: ETag, Link, Location, Retry-After, RateLimit-Limit, "
      "RateLimit-Remaining, RateLimit-Reset, X-Request-Id\r\n";
}

void Cors::add_preflight_headers(std::string_view origin, Answer& answer) const {
  if (!allows(origin)) return;
  answer.headers +=
      "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
      "Access-Control-Allow-Headers: content-type, authorization, x-request-id, if-none-match\r\n"
      "Access-Control-Max-Age: 600\r\n";
}

bool Cors::trusts_cookie_call(const RequestHead& head) const {
  if (!head.origin.empty()) return allows(head.origin) || same_host(head.origin, head.host);
  if (!head.sec_fetch_site.empty()) return head.sec_fetch_site == "same-origin";
  if (!head.referer.empty()) {
    std::string_view origin = origin_of(head.referer);
    return allows(origin) || same_host(origin, head.host);
  }
  return !origin_required_;
}

}  // namespace marquee::gateway
