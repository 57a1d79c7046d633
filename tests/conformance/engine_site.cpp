#include "tests/conformance/engine_site.h"

#include <utility>

#include "libs/core/ids.h"

namespace marquee::conformance {

using engine_io::Ask;
using engine_io::Refusal;
using engine_io::Sessions;

namespace {

constexpr std::size_t kSidBytes = 18;
constexpr std::string_view kText = "text/plain; charset=UTF-8";

// A GET that waits, and keeps its connection until it was answered.
struct HttpPoll final : engine_io::Poll {
  explicit HttpPoll(HttpConnection& connection) : http(connection.shared_from_this()) {}
  void answer(std::string_view body) override { http->respond(200, kText, body); }
  std::shared_ptr<HttpConnection> http;
};

}  // namespace

EngineSite::EngineSite(boost::asio::io_context& context, const engine_io::Settings& settings)
    : loop_(context),
      settings_(settings),
      engine_sessions_(loop_, settings_, socket_limits_),
      socket_sessions_(loop_, settings_, socket_limits_) {
  socket_limits_.messages.message_bytes_max = settings.payload_bytes_max;
  socket_io_settings_.connect_timeout = std::chrono::seconds(1);
  socket_io_settings_.decoder.attachment_bytes_max = settings.payload_bytes_max;
}

Sessions* EngineSite::sessions_at(std::string_view path) {
  if (path == "/engine.io/" || path == "/engine.io") return &engine_sessions_;
  if (path == "/socket.io/" || path == "/socket.io") return &socket_sessions_;
  return nullptr;
}

EngineSite::Live EngineSite::add_session(Sessions& sessions) {
  std::string sid = random_token(kSidBytes);
  if (&sessions == &socket_sessions_) {
    auto connection =
        std::make_unique<socket_io::Connection>(socket_io_settings_, echo_, loop_.now());
    auto& attached = *connection;
    auto live = sessions.add(std::move(sid), std::move(connection));
    attached.attach(live->session());
    return live;
  }
  auto listener = std::make_unique<EngineEcho>();
  auto& echo = *listener;
  auto live = sessions.add(std::move(sid), std::move(listener));
  echo.session = &live->session();
  return live;
}

void EngineSite::refuse(HttpConnection& http, Refusal refusal) {
  http.respond(status_of(refusal), "application/json", body_of(refusal));
}

bool EngineSite::begin(HttpConnection& http, std::size_t& body_bytes_max) {
  Sessions* sessions = sessions_at(http.target().path);
  if (sessions == nullptr) {
    http.respond(404, "text/plain", "Not Found");
    return false;
  }
  auto request =
      engine_io::examine(http.head().method, http.target().query, http.wants_websocket());
  Live live;
  if (!request.sid.empty() && request.ask != Ask::kRefused) {
    live = sessions->find(request.sid);
    if (!live) {
      refuse(http, Refusal::kUnknownSession);
      return false;
    }
  }
  switch (request.ask) {
    case Ask::kOpenWebSocket:
    case Ask::kUpgrade:
      open_socket(http, *sessions, live);
      return false;
    case Ask::kRefused:
      refuse(http, request.refusal);
      return false;
    case Ask::kPost:
      if (!live->begin_post()) {
        refuse(http, Refusal::kBadRequest);
        return false;
      }
      http.data = live;
      body_bytes_max = settings_.payload_bytes_max;
      return true;
    case Ask::kPreflight:
    case Ask::kOpenPolling:
    case Ask::kPoll:
      http.data = live;
      return true;
  }
  return false;
}

void EngineSite::open_socket(HttpConnection& http, Sessions& sessions, const Live& known) {
  std::string early;
  auto stream = http.open_websocket(early);
  if (known) {
    known->upgrade(std::move(stream), early);
  } else {
    add_session(sessions)->open(std::move(stream), early);
  }
}

void EngineSite::answer(HttpConnection& http, std::string_view body) {
  auto live = std::static_pointer_cast<engine_io::LiveSession>(http.data);
  if (http.head().method == "OPTIONS") {
    http.respond(204, {}, {});
  } else if (!live) {
    live = add_session(*sessions_at(http.target().path));
    http.respond(200, kText, live->session().opening());
  } else if (http.head().method == "POST") {
    const bool good = live->post(body);
    live->end_post();
    if (!good) return refuse(http, Refusal::kBadRequest);
    http.respond(200, "text/html", "ok");
  } else {
    poll(http, live);
  }
}

void EngineSite::poll(HttpConnection& http, const Live& live) {
  auto waiting = std::make_shared<HttpPoll>(http);
  if (!live->poll(*waiting)) return refuse(http, Refusal::kBadRequest);
  http.watch([waiting, live] { live->poll_gone(*waiting); });
  http.data = std::move(waiting);
}

void EngineSite::body_failed(HttpConnection& http, bool too_large) {
  auto live = std::static_pointer_cast<engine_io::LiveSession>(http.data);
  if (!live) {
    // A GET with a body.
    if (too_large) http.respond(400, "text/plain", "Bad Request");
    return;
  }
  live->end_post();
  if (!too_large) return;
  live->post_too_large();
  http.respond(413, "text/plain", "Payload Too Large");
}

}  // namespace marquee::conformance
