// The last part of the pipeline: from what was found out to status, headers and bytes.
#include "gateway/gzip.h"
#include "gateway/header_values.h"
#include "gateway/pipeline.h"
#include "libs/core/log.h"

namespace marquee::gateway {
namespace {

constexpr int kGzipLevelFast = 1;

std::string_view cache_use_name(CacheUse use) {
  switch (use) {
    case CacheUse::kHit:
      return "hit";
    case CacheUse::kMiss:
      return "miss";
    case CacheUse::kJoined:
      return "joined";
    default:
      return "none";
  }
}

}  // namespace

void Pipeline::fail(Exchange& x, const Problem& problem) const {
  using marquee::api::FIELD_ERRORS_TOP_LEVEL;
  using marquee::api::SESSION_EFFECT_CLEAR;
  Answer& answer = x.answer;
  const auto* policy = x.route != nullptr ? x.route->policy : nullptr;
  answer.status = problem.status;
  answer.shared_body.reset();
  answer.headers +=
      "Content-Type: application/problem+json\r\n"
      "Cache-Control: no-store\r\n";
  if (problem.status == 401) {
    answer.headers += "WWW-Authenticate: Bearer\r\n";
    if (policy != nullptr && policy->session() == SESSION_EFFECT_CLEAR) {
      answer.header("Set-Cookie", parts_.cookie.clear());
    }
  }
  if (problem.retry_after_s != 0) {
    answer.header("Retry-After", std::to_string(problem.retry_after_s));
  }
  bool top_level = policy != nullptr && policy->field_errors() == FIELD_ERRORS_TOP_LEVEL;
  answer.body = problem_json(problem, x.request_id, top_level);
}

void Pipeline::write_json(Exchange& x, unsigned status, std::string json) const {
  Answer& answer = x.answer;
  answer.status = status;
  if (status == 204) return;
  answer.headers += "Content-Type: application/json\r\n";
  if (json.size() > kGzipBytesMin && accepts_gzip(x.head.accept_encoding)) {
    std::string packed = gzip(json, kGzipLevelFast);
    if (!packed.empty() && packed.size() < json.size()) {
      answer.headers += "Content-Encoding: gzip\r\n";
      json = std::move(packed);
    }
  }
  answer.body = std::move(json);
}

void Pipeline::write_cached(Exchange& x, const CachedAnswer& cached) const {
  Answer& answer = x.answer;
  std::shared_ptr<const std::string> packed;
  if (accepts_gzip(x.head.accept_encoding)) packed = cached.gzip_body();
  answer.header("ETag", '"' + cached.tag + (packed ? "-gzip\"" : "\""));
  bool is_public = x.route->policy->auth() == marquee::api::AUTH_PUBLIC;
  answer.header("Cache-Control", is_public ? "no-cache" : "private, no-cache");
  if (auto link = next_page_link(x.target, cached.next_cursor); !link.empty()) {
    answer.header("Link", link);
  }
  if (cached.status == 200 && names_etag(x.head.if_none_match, cached.tag)) {
    answer.status = 304;
    return;
  }
  answer.status = cached.status;
  answer.headers += "Content-Type: application/json\r\n";
  if (packed) answer.headers += "Content-Encoding: gzip\r\n";
  answer.shared_body = packed ? packed : cached.body;
}

void Pipeline::refuse(Exchange& x, const Problem& problem) const {
  if (x.request_id.empty()) begin(x);
  fail(x, problem);
  x.answer.close = true;
  finish(x);
}

void Pipeline::finish(Exchange& x) const {
  Answer& answer = x.answer;
  if (x.rate.limit != 0) {
    answer.header("RateLimit-Limit", std::to_string(x.rate.limit));
    answer.header("RateLimit-Remaining", std::to_string(x.rate.remaining));
    answer.header("RateLimit-Reset", std::to_string(x.rate.reset_s));
  }
  answer.header("X-Request-Id", x.request_id);
  answer.headers += "X-Content-Type-Options: nosniff\r\n";
  parts_.cors.add_headers(x.head.origin, answer);

  std::chrono::duration<double> took = std::chrono::steady_clock::now() - x.started;
  parts_.metrics.request_done(x, took.count());
  if (!parts_.config.access_log) return;
  // Neither query nor path: either may hold what belongs to nobody's log.
  std::string client = x.client.to_string();
  log::info("request",
            {{"method", x.head.method},
             {"route", x.route != nullptr ? std::string_view(x.match.route->path_template)
                                          : std::string_view("-")},
             {"status", answer.status},
             {"duration_us", static_cast<std::int64_t>(took.count() * 1e6)},
             {"cache", cache_use_name(x.cache)},
             {"user", x.caller.user_id},
             {"ip", client},
             {"request_id", x.request_id}});
}

}  // namespace marquee::gateway
