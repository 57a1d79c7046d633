// What moves between gateways, over the bus: the session of a client whose WebSocket came to
// another one, and the place of a client that comes back to another one. A session is first told to
// send its client there (probe), then fetched when the client has gone (move); a place is kept by
// the gateway that the client's secret names.
#include <chrono>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/hub/absent_sockets.h"
#include "gateway/hub/socket_door_parts.h"
#include "gateway/taken_connection.h"
#include "marquee/api/gateways.pb.h"

namespace marquee::gateway {
namespace {

using engine_io::Refusal;
using marquee::api::AbsentPlace;
using Question = GatewayLinks::Question;
using Reply = GatewayLinks::Answer;

// With another gateway.
constexpr std::chrono::milliseconds kPlacePatience{1'000};
constexpr std::chrono::milliseconds kMovePatience{5'000};

std::string instance_of(std::string_view name) {
  return std::string(name.substr(0, name.find('.')));
}

Question question_of(Question::Kind kind, std::string sid) {
  Question question;
  question.set_kind(kind);
  question.set_sid(std::move(sid));
  return question;
}

Reply refusal(Refusal why) {
  Reply answer;
  answer.set_refusal(static_cast<std::uint32_t>(why) + 1);
  return answer;
}

std::string written(const AbsentSocket& absent) {
  AbsentPlace place;
  place.set_sid(absent.sid);
  place.set_user_id(absent.user_id);
  place.set_epoch(absent.epoch);
  for (const auto& topic : absent.topics) place.add_topics(topic);
  return place.SerializeAsString();
}

std::optional<AbsentSocket> read_absent(const std::string& bytes) {
  AbsentPlace place;
  if (!place.ParseFromString(bytes)) return std::nullopt;
  AbsentSocket absent;
  absent.sid = place.sid();
  absent.user_id = place.user_id();
  absent.epoch = place.epoch();
  absent.topics.assign(place.topics().begin(), place.topics().end());
  return absent;
}

}  // namespace

// The session is elsewhere: its client is let in when it is known there, and the session comes when
// the client does.
net::awaitable<void> SocketDoor::upgrade_here(Exchange& x, const Place& place) {
  Question question = question_of(Question::KIND_PROBE, place.sid);
  auto answer = co_await links_.ask(place.instance, std::move(question), hub_.here().loop(),
                                    kPlacePatience, nullptr);
  if (!answer || hub_.draining()) co_return refuse(x, Refusal::kUnknownSession);
  if (answer->refusal() != 0) co_return refuse(x, Refusal::kBadRequest);
  SocketOwner owner;
  owner.address = x.client;
  x.answer.status = 101;
  Core& core = *cores_[hub_.here().number()];
  x.takes_over = [this, &core, owner, sid = place.sid](TakenConnection&& connection,
                                                       std::string_view early) {
    if (core.sessions.find(sid)) return;
    expect_socket_io_session({core.core, socket_io_, *this}, core.sessions, sid, owner)
        ->upgrade(std::move(connection).stream(), early);
  };
}

void SocketDoor::serve_probe(Core& core, const Question& question, const std::string& reply_to) {
  const bool gone = question.kind() == Question::KIND_PROBE_GONE;
  net::post(core.core.context(), [this, &core, gone, sid = question.sid(), reply_to] {
    auto live = core.sessions.find(sid);
    if (gone) {
      if (live) live->end_move();
      return;
    }
    links_.answer(reply_to, live && live->begin_move() ? Reply() : refusal(Refusal::kBadRequest));
  });
}

net::awaitable<void> SocketDoor::serve_move(Core& core, std::string sid, std::string reply_to) {
  auto live = core.sessions.find(sid);
  std::optional<Moved> moved;
  if (live) moved = co_await hand_over_socket_io_session(live);
  Reply answer = refusal(Refusal::kUnknownSession);
  if (moved) {
    answer.Clear();
    moved->SerializeToString(answer.mutable_body());
  }
  links_.answer(reply_to, answer);
}

net::awaitable<std::optional<Places::Moved>> SocketDoor::fetch(std::string sid, HubCore& core) {
  Question question = question_of(Question::KIND_MOVE, sid);
  auto answer = co_await links_.ask(instance_of(sid), std::move(question), core.loop(),
                                    kMovePatience, nullptr);
  Moved moved;
  if (!answer || answer->refusal() != 0 || !moved.ParseFromString(answer->body())) {
    co_return std::nullopt;
  }
  co_return moved;
}

void SocketDoor::give_up(const std::string& sid) {
  links_.tell(instance_of(sid), question_of(Question::KIND_PROBE_GONE, sid));
}

void SocketDoor::serve_absent(const Question& question, const std::string& reply_to) {
  if (question.kind() == Question::KIND_KEEP) {
    auto absent = read_absent(question.body());
    if (absent && !links_.names_other(instance_of(question.sid()))) {
      keep(question.sid(), std::move(*absent));
    }
    return;
  }
  Reply answer = refusal(Refusal::kUnknownSession);
  if (auto absent = absent_->take(question.sid(), std::chrono::steady_clock::now())) {
    answer.Clear();
    answer.set_body(written(*absent));
  }
  links_.answer(reply_to, answer);
}

void SocketDoor::keep(std::string pid, AbsentSocket socket) {
  const std::string instance = instance_of(pid);
  if (links_.names_other(instance)) {
    Question question = question_of(Question::KIND_KEEP, std::move(pid));
    question.set_body(written(socket));
    links_.tell(instance, question);
    return;
  }
  absent_->add(std::move(pid), std::move(socket), std::chrono::steady_clock::now());
}

net::awaitable<std::optional<AbsentSocket>> SocketDoor::take(std::string pid, HubCore& core) {
  const std::string instance = instance_of(pid);
  if (!links_.names_other(instance)) {
    co_return absent_->take(pid, std::chrono::steady_clock::now());
  }
  Question question = question_of(Question::KIND_ABSENT, std::move(pid));
  auto answer =
      co_await links_.ask(instance, std::move(question), core.loop(), kPlacePatience, nullptr);
  if (!answer || answer->refusal() != 0) co_return std::nullopt;
  co_return read_absent(answer->body());
}

}  // namespace marquee::gateway
