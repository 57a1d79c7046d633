#include "gateway/hub/socket_door.h"

#include <charconv>

#include "gateway/gzip.h"
#include "gateway/header_values.h"
#include "gateway/hub/absent_sockets.h"
#include "gateway/hub/socket_door_parts.h"
#include "gateway/hub/socket_io_socket.h"
#include "gateway/taken_connection.h"
#include "libs/core/ids.h"
#include "libs/transcode/request_encoder.h"
#include "libs/websocket/handshake.h"

namespace marquee::gateway {
namespace {

using engine_io::Ask;
using engine_io::Refusal;

constexpr std::size_t kSidBytes = 18;
constexpr std::size_t kSidCharactersMax = 64;
constexpr std::string_view kText = "text/plain; charset=UTF-8";
constexpr std::string_view kSlow = R"({"retry_after":2})";
constexpr std::size_t kEngineBodyBytes = 1'000'000;
constexpr std::size_t kPackedFromBytes = 1'024;
constexpr int kGzipLevelFast = 1;

bool wants_websocket(const RequestHead& head) {
  return equals_ignoring_case(head.upgrade, "websocket");
}

// What is wrong with an opening handshake, or nothing.
std::optional<Problem> check_handshake(const RequestHead& head) {
  if (head.method != "GET" || !websocket::is_valid_key(head.websocket_key)) {
    return Problem(400, "bad_handshake", "The WebSocket handshake is malformed");
  }
  if (head.websocket_version != "13") {
    return Problem(426, "websocket_version", "Sec-WebSocket-Version must be 13");
  }
  return std::nullopt;
}

}  // namespace

SocketDoor::SocketDoor(Hub& hub, const Cors& cors, const SessionCookie& cookie)
    : hub_(hub),
      cors_(cors),
      cookie_(cookie),
      absent_(std::make_unique<AbsentSockets>()),
      links_(hub.instance()),
      served_(std::make_unique<Served>()) {
  engine_.payload_bytes_max = kEngineBodyBytes;
  native_limits_.messages.message_bytes_max = kEngineBodyBytes;
  native_limits_.slow_reason = kSlow;
  engine_limits_ = native_limits_;
  for (std::size_t i = 0; i < hub.cores(); ++i) {
    cores_.push_back(std::make_unique<Core>(hub.core(i), engine_, engine_limits_));
  }
}

SocketDoor::~SocketDoor() = default;

SocketDoor::Wants SocketDoor::wants(const Exchange& x) {
  const std::string_view path = x.target.path;
  if (path == "/socket.io/" || path == "/socket.io") return Wants::kEngine;
  const bool asks = wants_websocket(x.head);
  if (path == "/ws" || path == "/ws/" || (path == "/" && asks)) return Wants::kNative;
  return Wants::kNothing;
}

std::size_t SocketDoor::body_bytes_max() const {
  return kEngineBodyBytes;
}

net::awaitable<std::optional<Problem>> SocketDoor::answer(Exchange& x, Wants wants) {
  if (wants == Wants::kNative) co_return co_await answer_native(x);
  co_await answer_engine(x);
  co_return std::nullopt;
}

// Who asks. A bad token is refused here or, where the protocol has its own words for that, left in
// `owner` without a caller.
net::awaitable<std::optional<Problem>> SocketDoor::find_owner(const Exchange& x, SocketOwner& owner,
                                                              bool refuse_bad) {
  owner.address = x.client;
  bool by_cookie = false;
  if (auto sent = engine_io::query_value(x.target.query, "token"); !sent.empty()) {
    if (!transcode::percent_decode(sent, true, owner.token)) owner.token = "-";
  } else if (auto bearer = bearer_token(x.head.authorization); !bearer.empty()) {
    owner.token = bearer;
  } else {
    owner.token = cookie_value(x.head.cookie, cookie_.name());
    by_cookie = !owner.token.empty();
  }
  if (owner.token.empty()) co_return std::nullopt;
  if (by_cookie && !cors_.trusts_cookie_call(x.head)) {
    co_return Problem(403, "origin_not_allowed", "Requests from this origin are not allowed");
  }
  auto& authenticator = hub_.parts().authenticator;
  auto identity = authenticator.identify(owner.token);
  if (!identity) identity = co_await authenticator.identify_patiently(owner.token);
  switch (identity->state) {
    case Identity::State::kValid:
      owner.caller = identity->caller;
      co_return std::nullopt;
    case Identity::State::kUnavailable:
      co_return unavailable("keys_not_loaded", 1);
    case Identity::State::kExpired:
      if (refuse_bad) co_return token_expired();
      break;
    default:
      if (refuse_bad) co_return token_not_valid();
      break;
  }
  co_return std::nullopt;
}

net::awaitable<std::optional<Problem>> SocketDoor::answer_native(Exchange& x) {
  if (!wants_websocket(x.head)) {
    x.answer.header("Upgrade", "websocket");
    co_return Problem(426, "upgrade_required", "This is a WebSocket: connect with an upgrade");
  }
  if (auto problem = check_handshake(x.head)) co_return problem;
  if (hub_.draining()) co_return unavailable("shutting_down", 1);
  SocketOwner owner;
  if (auto problem = co_await find_owner(x, owner, true)) co_return problem;
  x.answer.status = 101;
  HubCore& core = hub_.here();
  x.takes_over = [this, &core, owner](TakenConnection&& connection, std::string_view early) {
    open_native_socket(core, std::move(connection).stream(), early, owner, native_limits_);
  };
  co_return std::nullopt;
}

void SocketDoor::refuse(Exchange& x, Refusal refusal) const {
  x.answer.status = static_cast<unsigned>(status_of(refusal));
  x.answer.headers += "Content-Type: application/json\r\nCache-Control: no-store\r\n";
  x.answer.body = body_of(refusal);
}

void SocketDoor::answer_text(Exchange& x, std::string_view type, std::string body) const {
  x.answer.status = 200;
  x.answer.header("Content-Type", type);
  x.answer.headers += "Cache-Control: no-store\r\n";
  if (body.size() > kPackedFromBytes && accepts_gzip(x.head.accept_encoding)) {
    std::string packed = gzip(body, kGzipLevelFast);
    if (!packed.empty() && packed.size() < body.size()) {
      x.answer.headers += "Content-Encoding: gzip\r\n";
      body = std::move(packed);
    }
  }
  x.answer.body = std::move(body);
}

std::string SocketDoor::new_sid(const HubCore& core) const {
  return hub_.instance() + '.' + std::to_string(core.number()) + '.' + random_token(kSidBytes);
}

std::optional<SocketDoor::Place> SocketDoor::place_of(std::string_view sid) const {
  const std::size_t dot = sid.find('.');
  if (dot == std::string_view::npos || sid.size() > kSidCharactersMax) return std::nullopt;
  const std::string_view instance = sid.substr(0, dot);
  if (links_.names_other(instance)) {
    return Place{nullptr, std::string(instance), std::string(sid)};
  }
  if (instance != hub_.instance()) return std::nullopt;
  const char* begin = sid.data() + dot + 1;
  std::size_t core = cores_.size();
  auto [end, error] = std::from_chars(begin, sid.data() + sid.size(), core);
  if (error != std::errc() || core >= cores_.size()) return std::nullopt;
  return Place{cores_[core].get(), std::string(instance), std::string(sid)};
}

SocketDoor::Live SocketDoor::open_session(HubCore& core, SocketOwner owner) {
  return open_socket_io_session({core, socket_io_, *this}, cores_[core.number()]->sessions,
                                new_sid(core), std::move(owner));
}

net::awaitable<void> SocketDoor::answer_engine(Exchange& x) {
  const bool upgrade_asked = wants_websocket(x.head);
  const auto request = engine_io::examine(x.head.method, x.target.query, upgrade_asked);
  if (request.ask == Ask::kRefused) co_return refuse(x, request.refusal);
  if (request.ask == Ask::kPreflight) {
    x.answer.status = 204;
    x.answer.header("Allow", "GET, POST, OPTIONS");
    cors_.add_preflight_headers(x.head.origin, x.answer);
    co_return;
  }
  if (upgrade_asked && check_handshake(x.head)) co_return refuse(x, Refusal::kBadRequest);
  if (request.ask == Ask::kOpenPolling || request.ask == Ask::kOpenWebSocket) {
    SocketOwner owner;
    const auto problem = co_await find_owner(x, owner, false);
    if (problem || hub_.draining()) co_return refuse(x, Refusal::kForbidden);
    if (request.ask == Ask::kOpenPolling) co_return open_polling(x, std::move(owner));
    co_return open_websocket(x, owner);
  }
  const auto place = place_of(request.sid);
  if (!place) co_return refuse(x, Refusal::kUnknownSession);
  if (request.ask == Ask::kUpgrade) {
    if (place->core == nullptr) co_return co_await upgrade_here(x, *place);
    co_return co_await upgrade(x, *place);
  }
  const bool posts = request.ask == Ask::kPost;
  Packets packets;
  if (place->core == nullptr) {
    packets = co_await ask_other(x, *place, posts);
  } else if (posts) {
    packets = co_await post(*place->core, place->sid, x.body);
  } else {
    packets = co_await poll(*place->core, place->sid, x.abort);
  }
  if (packets.refusal) co_return refuse(x, *packets.refusal);
  if (posts) co_return answer_text(x, "text/html", "ok");
  answer_text(x, kText, std::move(packets.body));
}

void SocketDoor::open_polling(Exchange& x, SocketOwner owner) {
  auto live = open_session(hub_.here(), std::move(owner));
  answer_text(x, kText, live->session().opening());
}

void SocketDoor::open_websocket(Exchange& x, const SocketOwner& owner) {
  x.answer.status = 101;
  HubCore& core = hub_.here();
  x.takes_over = [this, &core, owner](TakenConnection&& connection, std::string_view early) {
    open_session(core, owner)->open(std::move(connection).stream(), early);
  };
}

// The socket moves to the session's thread.
net::awaitable<void> SocketDoor::upgrade(Exchange& x, const Place& place) {
  Core& core = *place.core;
  bool known = false;
  const bool here = &core.core == &hub_.here();
  const auto look = [&core, &place, &known] { known = core.sessions.find(place.sid) != nullptr; };
  if (here) {
    look();
  } else {
    co_await run_on(core.core, look);
  }
  if (!known) co_return refuse(x, Refusal::kUnknownSession);
  x.answer.status = 101;
  x.takes_over = [&core, sid = place.sid, here](TakenConnection&& connection,
                                                std::string_view early) {
    if (here) {
      auto live = core.sessions.find(sid);
      if (live) live->upgrade(std::move(connection).stream(), early);
      return;
    }
    auto moved = std::make_shared<TakenConnection>(std::move(connection));
    moved->detach();
    net::post(core.core.context(), [&core, sid, moved, early = std::string(early)] {
      moved->attach(core.core.context());
      auto live = core.sessions.find(sid);
      if (live) live->upgrade(std::move(*moved).stream(), early);
    });
  };
}

void SocketDoor::drain() {
  for (auto& core : cores_) {
    net::post(core->core.context(), [raw = core.get()] { raw->sessions.close_all(); });
  }
}

}  // namespace marquee::gateway
