#include "gateway/response_head.h"

#include <ctime>

#include "gateway/problem.h"

namespace marquee::gateway {
namespace {

const std::string& date_now() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  std::time_t now = std::time(nullptr);
  if (now != second) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    char buffer[64];
    std::size_t size = std::strftime(buffer, sizeof(buffer), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    text.assign(buffer, size);
    second = now;
  }
  return text;
}

}  // namespace

bool sends_body(const Exchange& x) {
  return x.answer.status != 204 && x.answer.status != 304 && x.head.method != "HEAD";
}

std::string response_head(const Exchange& x, bool keep_alive, bool http_1_0) {
  const Answer& answer = x.answer;
  std::string head;
  head.reserve(256 + answer.headers.size());
  head += "HTTP/1.1 ";
  head += std::to_string(answer.status);
  head += ' ';
  head += status_text(answer.status);
  head += "\r\nServer: marquee\r\nDate: ";
  head += date_now();
  head += "\r\n";
  head += answer.headers;
  if (answer.status != 204 && answer.status != 304) {
    head += "Content-Length: ";
    head += std::to_string(answer.body_bytes().size());
    head += "\r\n";
  }
  if (!keep_alive) {
    head += "Connection: close\r\n";
  } else if (http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace marquee::gateway
