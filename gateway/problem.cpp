#include "gateway/problem.h"

#include <algorithm>
#include <array>

#include "gateway/upstream.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::gateway {
namespace {

constexpr std::string_view kServerError = "Internal server error";
constexpr std::string_view kUnavailable = "Service temporarily unavailable";
constexpr std::string_view kTimedOut = "Service request timed out";

// Services are ours, but a text that is not UTF-8 must not break the JSON around it.
void append_text(std::string& out, std::string_view text) {
  if (!transcode::append_json_string(text, out)) out += "\"\"";
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ',';
  append_text(out, name);
  out += ':';
  append_text(out, text);
}

// `"field":["text","text"]` for each field, in order of first mention.
void append_fields(std::string& out, const Problem& problem, bool skip_reserved) {
  static constexpr std::array<std::string_view, 11> kReserved = {
      "type", "title", "status",     "detail", "message",   "success",
      "code", "msg",   "request_id", "errors", "retryAfter"};
  bool first = true;
  for (std::size_t i = 0; i < problem.fields.size(); ++i) {
    const auto& name = problem.fields[i].first;
    auto same = [&](const auto& field) { return field.first == name; };
    auto begin = problem.fields.begin();
    if (std::any_of(begin, begin + static_cast<std::ptrdiff_t>(i), same)) continue;
    if (skip_reserved && std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
      continue;
    }
    if (!first || skip_reserved) out += ',';
    first = false;
    append_text(out, name);
    out += ":[";
    bool first_text = true;
    for (const auto& field : problem.fields) {
      if (field.first != name) continue;
      if (!first_text) out += ',';
      first_text = false;
      append_text(out, field.second);
    }
    out += ']';
  }
}

bool text_is_for_clients(Code code, bool from_service) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kFailedPrecondition:
    case Code::kAborted:
    case Code::kOutOfRange:
    case Code::kUnauthenticated:
      return true;
    case Code::kUnavailable:
    case Code::kResourceExhausted:
      // gRPC's own texts carry addresses; a service's come with a detail.
      return from_service;
    default:
      return false;
  }
}

std::string_view default_text(unsigned status) {
  switch (status) {
    case 500:
      return kServerError;
    case 503:
      return kUnavailable;
    case 504:
      return kTimedOut;
    case 429:
      return "Too many requests";
    default:
      return status_text(status);
  }
}

}  // namespace

std::string_view status_text(unsigned status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

unsigned http_status(Code code) {
  switch (code) {
    case Code::kOk:
      return 200;
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
    case Code::kFailedPrecondition:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
    case Code::kAborted:
      return 409;
    case Code::kResourceExhausted:
      return 429;
    case Code::kCancelled:
      return 499;
    case Code::kUnimplemented:
      return 501;
    case Code::kUnavailable:
      return 503;
    case Code::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

Problem problem_of(const rpc::Answer& reply) {
  unsigned status = http_status(reply.code);
  bool show = text_is_for_clients(reply.code, reply.from_service) && !reply.message.empty();
  Problem problem(status, reply.reason, show ? reply.message : std::string(default_text(status)));
  if (problem.code.empty()) problem.code = code_name(reply.code);
  problem.fields = reply.fields;
  problem.retry_after_s = (reply.retry_after_ms + 999) / 1000;
  if ((status == 503 || status == 429) && problem.retry_after_s == 0) problem.retry_after_s = 1;
  return problem;
}

Problem not_authenticated() {
  return {401, "not_authenticated", "Authentication credentials were not provided."};
}

Problem token_expired() {
  return {401, "token_not_valid", "Token has expired"};
}

Problem token_not_valid() {
  return {401, "token_not_valid", "Given token not valid for any token type"};
}

Problem unavailable(std::string reason, std::uint32_t retry_after_s) {
  Problem problem(503, std::move(reason), std::string(kUnavailable));
  problem.retry_after_s = retry_after_s;
  return problem;
}

Problem too_many_requests(std::uint32_t retry_after_s) {
  Problem problem(429, "rate_limited",
                  "Too many requests. Try again in " + std::to_string(retry_after_s) +
                      (retry_after_s == 1 ? " second." : " seconds."));
  problem.retry_after_s = retry_after_s;
  return problem;
}

Problem method_not_allowed(std::string_view method) {
  return {405, "method_not_allowed", "Method \"" + std::string(method) + "\" not allowed."};
}

std::string problem_json(const Problem& problem, std::string_view request_id, bool top_level) {
  std::string out = "{\"success\":false";
  append_member(out, "type", "urn:marquee:error:" + problem.code);
  append_member(out, "title", status_text(problem.status));
  out += ",\"status\":" + std::to_string(problem.status);
  append_member(out, "detail", problem.message);
  append_member(out, "message", problem.message);
  if (problem.status == 401) append_member(out, "msg", problem.message);
  append_member(out, "code", problem.code);
  out += ",\"errors\":{";
  append_fields(out, problem, false);
  out += '}';
  if (problem.retry_after_s != 0) {
    out += ",\"retryAfter\":" + std::to_string(problem.retry_after_s);
  }
  append_member(out, "request_id", request_id);
  if (top_level) append_fields(out, problem, true);
  out += '}';
  return out;
}

}  // namespace marquee::gateway
