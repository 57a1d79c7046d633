#include "gateway/response_head.h"

#include <ctime>

#include "gateway/number_text.h"
#include "gateway/problem.h"

namespace marquee::gateway {
namespace {

// Whole, with its CRLF.
const std::string& date_line() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  std::time_t now = std::time(nullptr);
  if (now != second) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    char buffer[64];
    std::size_t size = std::strftime(buffer, sizeof(buffer), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    text.assign("Date: ").append(buffer, size).append("\r\n");
    second = now;
  }
  return text;
}

}  // namespace

bool sends_body(const Exchange& x) {
  return x.answer.status != 204 && x.answer.status != 304 && x.head.method != "HEAD";
}

void append_constant_head(std::string& out, unsigned status, std::string_view headers,
                          std::optional<std::size_t> body_bytes) {
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += status_text(status);
  out +=
      "\r\nServer: marquee\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Vary: Origin, Accept-Encoding\r\n";
  out += headers;
  if (body_bytes && status != 204 && status != 304) {
    out += "Content-Length: ";
    append_number(out, *body_bytes);
    out += "\r\n";
  }
}

std::string strict_transport_security(const Config& config) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(config.hsts).count();
  if (!config.tls() || seconds == 0) return {};
  return "Strict-Transport-Security: max-age=" + std::to_string(seconds) +
         (config.hsts_subdomains ? "; includeSubDomains\r\n" : "\r\n");
}

void append_response_head(std::string& out, const Exchange& x, bool keep_alive, bool http_1_0) {
  const Answer& answer = x.answer;
  if (!answer.ready_head.empty()) {
    out += answer.ready_head;
    out += answer.headers;
  } else if (answer.stream) {
    append_constant_head(out, answer.status, answer.headers, std::nullopt);
    if (!http_1_0) out += "Transfer-Encoding: chunked\r\n";
  } else {
    append_constant_head(out, answer.status, answer.headers, answer.body_bytes().size());
  }
  out += date_line();
  if (!keep_alive) {
    out += "Connection: close\r\n";
  } else if (http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace marquee::gateway
