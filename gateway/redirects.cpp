#include "gateway/redirects.h"

#include <algorithm>
#include <array>

#include "gateway/entrance.h"
#include "gateway/own_pages.h"
#include "gateway/problem.h"
#include "gateway/read_buffer.h"
#include "gateway/request_parser.h"
#include "gateway/tls_credentials.h"
#include "gateway/transport.h"

namespace marquee::gateway {
namespace {

using boost::system::error_code;
using net::ip::tcp;

constexpr std::size_t kReadRoomBytes = 2 * 1024;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kPortDigitsMax = 5;
constexpr int kHttpsPort = 443;
// How long, and how much, a sender is listened to, so that it gets to read the answer.
constexpr std::chrono::milliseconds kLingerTime{1'000};
constexpr std::size_t kLingerBytes = 64 * 1024;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= kPortDigitsMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_path(std::string_view target) {
  return !target.empty() && target[0] == '/' &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string bytes_of(unsigned status, std::string_view headers, std::string_view body) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " ";
  bytes.append(status_text(status)).append("\r\nServer: marquee\r\n").append(headers);
  bytes += "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  return bytes.append(body);
}

unsigned status_of(Refusal refusal) {
  if (refusal == Refusal::kVersion) return 505;
  return refusal == Refusal::kHeadTooLarge ? 431 : 400;
}

// Closing with unread bytes would reset the connection and take the answer with it.
net::awaitable<void> linger(Transport& transport) {
  error_code error;
  transport.end_writing(error);
  std::array<char, 4 * 1024> sink;  // NOLINT(*-member-init)
  transport.watched.expires_after(kLingerTime);
  for (std::size_t total = 0; !error && total < kLingerBytes;) {
    total += co_await transport.read_some(sink.data(), sink.size(), error);
  }
}

}  // namespace

std::string host_of(std::string_view header) {
  std::string_view host;
  std::string_view port;
  if (!header.empty() && header[0] == '[') {
    const auto end = header.find(']');
    if (end == std::string_view::npos) return {};
    host = header.substr(1, end - 1);
    port = header.substr(end + 1);
    error_code error;
    net::ip::make_address_v6(std::string(host), error);
    if (error || host.find('%') != std::string_view::npos) return {};
  } else {
    const auto colon = std::min(header.find(':'), header.size());
    host = header.substr(0, colon);
    port = header.substr(colon);
    bool is_name = std::all_of(host.begin(), host.end(), [](char c) {
      return is_alnum(c) || c == '-' || c == '.' || c == '_';
    });
    if (!is_name) return {};
  }
  if (host.size() > kHostBytesMax) return {};
  if (!port.empty() && (port[0] != ':' || !is_port(port.substr(1)))) return {};
  return std::string(host);
}

std::string Redirects::answer(const RequestHead& head) const {
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (reads && head.target == "/healthz") {
    auto page = own_pages_.find(head.target);
    return bytes_of(page->status, "Content-Type: application/json\r\n",
                    head.method == "HEAD" ? std::string_view() : page->json);
  }
  const std::string host = host_of(head.host);
  if (host.empty() || !is_path(head.target)) return bytes_of(400, "", "");
  if (!tls_.current()->is_for(host)) return bytes_of(421, "", "");
  std::string location = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (config_.redirect_port != kHttpsPort) location += ":" + std::to_string(config_.redirect_port);
  location.append(head.target);
  return bytes_of(reads ? 301 : 308, "Location: https://" + location + "\r\n", "");
}

net::awaitable<void> Redirects::serve(tcp::socket socket, ConnectionWatch& watch) const {
  error_code error;
  socket.native_non_blocking(true, error);
  Arrival arrival;
  arrival.peer = socket.remote_endpoint(error).address();
  if (error) co_return;
  Transport transport(std::move(socket), watch);
  bool admitted = co_await entrance_.admit(transport, arrival);
  if (!admitted) co_return;
  transport.watched.expires_after(config_.header_timeout);
  RequestParser parser(static_cast<std::size_t>(config_.header_bytes_max));
  ReadBuffer buffer(arrival.early);
  auto progress = RequestParser::Progress::kNeedsMore;
  for (;;) {
    if (!buffer.empty()) progress = parser.parse_head(buffer.unread());
    if (progress != RequestParser::Progress::kNeedsMore) break;
    buffer.reserve(kReadRoomBytes,
                   [&parser](const char* from, const char* to) { parser.moved(from, to); });
    std::size_t size = co_await transport.read_some(buffer.free_bytes(), buffer.room(), error);
    if (error) co_return;
    buffer.commit(size);
  }
  AnswerBatch batch;
  batch.add_text(progress == RequestParser::Progress::kDone
                     ? answer(parser.head())
                     : bytes_of(status_of(parser.refusal()), "", ""));
  // More than a fresh connection takes at once is not worth waiting for.
  if (transport.write(batch) == AnswerBatch::Written::kAll) co_await linger(transport);
}

}  // namespace marquee::gateway
