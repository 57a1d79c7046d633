#include "gateway/hub/socket_door.h"

#include <algorithm>
#include <charconv>
#include <mutex>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/abort.h"
#include "gateway/gzip.h"
#include "gateway/header_values.h"
#include "gateway/hub/absent_sockets.h"
#include "gateway/hub/socket_io_socket.h"
#include "gateway/one_shot.h"
#include "gateway/taken_connection.h"
#include "libs/core/ids.h"
#include "libs/core/string_map.h"
#include "libs/transcode/request_encoder.h"
#include "libs/websocket/handshake.h"
#include "marquee/api/gateways.pb.h"

namespace marquee::gateway {
namespace {

using engine_io::Ask;
using engine_io::Refusal;

constexpr std::size_t kSidBytes = 18;
constexpr std::size_t kSidCharactersMax = 64;
// With another gateway.
constexpr std::chrono::milliseconds kPostPatience{5'000};
constexpr std::chrono::milliseconds kPlacePatience{1'000};
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

// Runs `work` on the core's thread; returns when it is done.
net::awaitable<void> run_on(HubCore& core, std::function<void()> work) {
  auto done = std::make_shared<OneShot>();
  net::post(core.context(), [work = std::move(work), done] {
    work();
    done->set();
  });
  co_await done->wait();
}

// A GET that waits for packets, from whichever thread.
struct WaitingPoll final : engine_io::Poll {
  void answer(std::string_view packets) override {
    body = packets;
    answered.set();
  }
  std::string body;
  OneShot answered;
};

}  // namespace

struct SocketDoor::Core {
  Core(HubCore& hub_core, const engine_io::Settings& settings,
       const websocket::Connection::Limits& limits)
      : core(hub_core), sessions(hub_core.loop(), settings, limits) {}
  HubCore& core;
  engine_io::Sessions sessions;
};

// Where a session lives.
struct SocketDoor::Place {
  Core* core = nullptr;  // null: on another gateway
  std::string instance;
  std::string sid;
};

struct SocketDoor::Packets {
  Packets() = default;  // no aggregate: coroutines return it
  std::optional<Refusal> refusal;
  std::string body;
};

// Polls of other gateways' clients, by where their answer goes.
struct SocketDoor::Served {
  struct Poll {
    HubCore* core = nullptr;
    Abort abort;
  };
  std::mutex mutex;
  StringMap<std::shared_ptr<Poll>> polls;
};

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
    if (place->core == nullptr) co_return refuse(x, Refusal::kBadRequest);
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

net::awaitable<SocketDoor::Packets> SocketDoor::post(Core& core, std::string sid,
                                                     std::string_view body) {
  Packets packets;
  const auto take = [&core, &sid, &packets, body] {
    auto live = core.sessions.find(sid);
    if (!live) {
      packets.refusal = Refusal::kUnknownSession;
      return;
    }
    if (!live->begin_post()) {
      packets.refusal = Refusal::kBadRequest;
      return;
    }
    if (!live->post(body)) packets.refusal = Refusal::kBadRequest;
    live->end_post();
  };
  if (&core.core == &hub_.here()) {
    take();
  } else {
    co_await run_on(core.core, take);
  }
  co_return packets;
}

net::awaitable<SocketDoor::Packets> SocketDoor::poll(Core& core, std::string sid, Abort* abort) {
  Packets packets;
  auto waiting = std::make_shared<WaitingPoll>();
  Live live;
  bool taken = false;
  const auto take = [&core, &sid, &live, &taken, &waiting] {
    live = core.sessions.find(sid);
    taken = live && live->poll(*waiting);
  };
  if (&core.core == &hub_.here()) {
    take();
  } else {
    co_await run_on(core.core, take);
  }
  if (!taken) {
    packets.refusal = live ? Refusal::kBadRequest : Refusal::kUnknownSession;
    co_return packets;
  }
  if (abort != nullptr) {
    abort->set_hook([waiting, live, &context = core.core.context()] {
      net::post(context, [waiting, live] {
        if (waiting->answered.is_set()) return;
        live->poll_gone(*waiting);
        waiting->answered.set();
      });
    });
  }
  live.reset();
  co_await waiting->answered.wait();
  if (abort != nullptr) abort->set_hook(nullptr);
  packets.body = std::move(waiting->body);
  co_return packets;
}

net::awaitable<SocketDoor::Packets> SocketDoor::ask_other(Exchange& x, const Place& place,
                                                          bool posts) {
  Packets packets;
  GatewayLinks::Question question;
  question.set_kind(posts ? GatewayLinks::Question::KIND_POST : GatewayLinks::Question::KIND_POLL);
  question.set_sid(place.sid);
  if (posts) question.set_body(std::string(x.body));
  Abort* const abort = posts ? nullptr : x.abort;
  const auto patience = posts ? kPostPatience : engine_.ping_interval + engine_.ping_timeout;
  auto answer =
      co_await links_.ask(place.instance, std::move(question), hub_.here().loop(), patience, abort);
  if (!answer) {
    packets.refusal = Refusal::kUnknownSession;
  } else if (answer->refusal() != 0) {
    packets.refusal = static_cast<Refusal>(
        std::min(answer->refusal() - 1, static_cast<std::uint32_t>(Refusal::kUnsupportedVersion)));
  } else {
    packets.body = std::move(*answer->mutable_body());
  }
  co_return packets;
}

void SocketDoor::start(bus::Bus* bus) {
  links_.start(bus,
               [this](const auto& question, const auto& reply_to) { serve(question, reply_to); });
}

void SocketDoor::serve(const GatewayLinks::Question& question, const std::string& reply_to) {
  if (question.kind() == GatewayLinks::Question::KIND_POLL_GONE) {
    std::lock_guard lock(served_->mutex);
    auto found = served_->polls.find(question.poll());
    if (found == served_->polls.end()) return;
    net::post(found->second->core->context(), [poll = found->second] { poll->abort.fire(); });
    return;
  }
  if (question.kind() == GatewayLinks::Question::KIND_ABSENT) {
    serve_absent(question, reply_to);
    return;
  }
  const auto place = place_of(question.sid());
  if (!place || place->core == nullptr) {
    GatewayLinks::Answer answer;
    answer.set_refusal(static_cast<std::uint32_t>(Refusal::kUnknownSession) + 1);
    links_.answer(reply_to, answer);
    return;
  }
  net::co_spawn(place->core->core.context(), serve_session(*place->core, question, reply_to),
                net::detached);
}

net::awaitable<void> SocketDoor::serve_session(Core& core, GatewayLinks::Question question,
                                               std::string reply_to) {
  Packets packets;
  if (question.kind() == GatewayLinks::Question::KIND_POST) {
    packets = co_await post(core, question.sid(), question.body());
  } else {
    auto served = std::make_shared<Served::Poll>();
    served->core = &core.core;
    {
      std::lock_guard lock(served_->mutex);
      served_->polls.emplace(reply_to, served);
    }
    packets = co_await poll(core, question.sid(), &served->abort);
    std::lock_guard lock(served_->mutex);
    served_->polls.erase(reply_to);
  }
  GatewayLinks::Answer answer;
  if (packets.refusal) answer.set_refusal(static_cast<std::uint32_t>(*packets.refusal) + 1);
  answer.set_body(std::move(packets.body));
  links_.answer(reply_to, answer);
}

void SocketDoor::serve_absent(const GatewayLinks::Question& question, const std::string& reply_to) {
  GatewayLinks::Answer answer;
  if (auto absent = absent_->take(question.sid(), std::chrono::steady_clock::now())) {
    marquee::api::AbsentPlace place;
    place.set_sid(absent->sid);
    place.set_user_id(absent->user_id);
    place.set_epoch(absent->epoch);
    for (auto& topic : absent->topics) place.add_topics(std::move(topic));
    place.SerializeToString(answer.mutable_body());
  } else {
    answer.set_refusal(static_cast<std::uint32_t>(Refusal::kUnknownSession) + 1);
  }
  links_.answer(reply_to, answer);
}

void SocketDoor::keep(std::string pid, AbsentSocket socket) {
  absent_->add(std::move(pid), std::move(socket), std::chrono::steady_clock::now());
}

net::awaitable<std::optional<AbsentSocket>> SocketDoor::take(std::string pid, HubCore& core) {
  const std::string instance = pid.substr(0, pid.find('.'));
  if (!links_.names_other(instance)) {
    co_return absent_->take(pid, std::chrono::steady_clock::now());
  }
  GatewayLinks::Question question;
  question.set_kind(GatewayLinks::Question::KIND_ABSENT);
  question.set_sid(std::move(pid));
  auto answer =
      co_await links_.ask(instance, std::move(question), core.loop(), kPlacePatience, nullptr);
  marquee::api::AbsentPlace place;
  if (!answer || answer->refusal() != 0 || !place.ParseFromString(answer->body())) {
    co_return std::nullopt;
  }
  AbsentSocket absent;
  absent.sid = place.sid();
  absent.user_id = place.user_id();
  absent.epoch = place.epoch();
  absent.topics.assign(place.topics().begin(), place.topics().end());
  co_return absent;
}

void SocketDoor::stop() {
  links_.stop();
}

void SocketDoor::drain() {
  for (auto& core : cores_) {
    net::post(core->core.context(), [raw = core.get()] { raw->sessions.close_all(); });
  }
}

}  // namespace marquee::gateway
