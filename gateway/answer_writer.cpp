// The last part of the pipeline: from what was found out to status, headers and bytes.
#include "gateway/gzip.h"
#include "gateway/header_values.h"
#include "gateway/number_text.h"
#include "gateway/pipeline.h"
#include "gateway/response_head.h"

namespace marquee::gateway {
namespace {

constexpr int kGzipLevelFast = 1;

void append_cached_headers(std::string& out, const CachedAnswer& cached, bool is_public,
                           bool packed, const std::string& link) {
  out += "ETag: \"";
  out += cached.tag;
  out += packed ? "-gzip\"\r\n" : "\"\r\n";
  out += is_public ? "Cache-Control: no-cache\r\n" : "Cache-Control: private, no-cache\r\n";
  if (!link.empty()) out.append("Link: ").append(link).append("\r\n");
}

void append_content_headers(std::string& out, bool packed) {
  out += "Content-Type: application/json\r\n";
  if (packed) out += "Content-Encoding: gzip\r\n";
}

bool is_public(const RoutePlan& plan) {
  return plan.policy->auth() == marquee::api::AUTH_PUBLIC;
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
  append_cached_headers(answer.headers, cached, is_public(*x.route), packed != nullptr,
                        next_page_link(x.target, cached.next_cursor));
  if (cached.status == 200 && names_etag(x.head.if_none_match, cached.tag)) {
    answer.status = 304;
    return;
  }
  answer.status = cached.status;
  append_content_headers(answer.headers, packed != nullptr);
  answer.shared_body = packed ? packed : cached.body;
}

void Pipeline::keep_in_front(const Exchange& x, std::shared_ptr<const CachedAnswer> cached,
                             std::uint64_t generation, EdgeCache::Store::Time expires) const {
  FrontCache* front = parts_.fronts.here();
  const auto auth = x.route->policy->auth();
  bool for_anybody = auth == marquee::api::AUTH_PUBLIC || auth == marquee::api::AUTH_OPTIONAL;
  if (front == nullptr || !for_anybody || cached->body->size() > FrontCache::kBodyBytesMax ||
      x.head.target.size() > FrontCache::kTargetBytesMax) {
    return;
  }
  auto known = std::make_shared<FrontAnswer>();
  known->target = x.head.target;
  known->route = x.route;
  known->generation = generation;
  known->expires = expires;
  const std::string link = next_page_link(x.target, cached->next_cursor);
  auto build = [&](bool packed, std::size_t body_bytes, std::string& whole,
                   std::string& unchanged) {
    std::string lines;
    append_cached_headers(lines, *cached, is_public(*x.route), packed, link);
    append_constant_head(unchanged, 304, lines, 0);
    append_content_headers(lines, packed);
    append_constant_head(whole, cached->status, lines, body_bytes);
  };
  build(false, cached->body->size(), known->head, known->head_unchanged);
  // Compressed for the first who wants it, and then for all.
  if (accepts_gzip(x.head.accept_encoding)) {
    known->gzip_body = cached->gzip_body();
    const std::string& body = known->gzip_body ? *known->gzip_body : *cached->body;
    build(known->gzip_body != nullptr, body.size(), known->head_gzip, known->head_unchanged_gzip);
  }
  known->answer = std::move(cached);
  front->keep(std::move(known));
}

void Pipeline::write_known(Exchange& x, std::shared_ptr<const FrontAnswer> known,
                           bool packed) const {
  Answer& answer = x.answer;
  const CachedAnswer& cached = *known->answer;
  bool unchanged = cached.status == 200 && names_etag(x.head.if_none_match, cached.tag);
  answer.status = unchanged ? 304 : cached.status;
  answer.ready_head = unchanged ? (packed ? known->head_unchanged_gzip : known->head_unchanged)
                                : (packed ? known->head_gzip : known->head);
  const std::string* body = packed && known->gzip_body ? known->gzip_body.get() : cached.body.get();
  // Counted by this core's entry, so that no count is shared with another core.
  answer.shared_body = std::shared_ptr<const std::string>(std::move(known), body);
}

void Pipeline::refuse(Exchange& x, const Problem& problem) const {
  if (x.request_id.empty()) begin(x);
  fail(x, problem);
  x.answer.close = true;
  finish(x);
}

void Pipeline::finish(Exchange& x) const {
  Answer& answer = x.answer;
  std::string& headers = answer.headers;
  if (x.rate.limit != 0) {
    headers += "RateLimit-Limit: ";
    append_number(headers, x.rate.limit);
    headers += "\r\nRateLimit-Remaining: ";
    append_number(headers, x.rate.remaining);
    headers += "\r\nRateLimit-Reset: ";
    append_number(headers, x.rate.reset_s);
    headers += "\r\n";
  }
  answer.header("X-Request-Id", x.request_id);
  headers += transport_security_;
  parts_.cors.add_headers(x.head.origin, answer);
  auto time = std::chrono::steady_clock::now() - x.started;
  parts_.metrics.request_done(x, time);
  if (parts_.access_log != nullptr) {
    trace_of(x);
    parts_.access_log->add(x, time);
  }
}

}  // namespace marquee::gateway
