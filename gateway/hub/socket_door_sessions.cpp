// The door's sessions of Engine.IO: a POST and a GET reach theirs wherever it lives, on another
// thread or at another gateway, and so do those that other gateways pass on. How sessions and their
// places move between gateways: gateway/hub/socket_door_moves.cpp.
#include <algorithm>
#include <chrono>
#include <mutex>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/hub/socket_door_parts.h"
#include "gateway/one_shot.h"
#include "marquee/api/gateways.pb.h"

namespace marquee::gateway {
namespace {

using engine_io::Refusal;

// With another gateway.
constexpr std::chrono::milliseconds kPostPatience{5'000};

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

net::awaitable<void> run_on(HubCore& core, std::function<void()> work) {
  auto done = std::make_shared<OneShot>();
  net::post(core.context(), [work = std::move(work), done] {
    work();
    done->set();
  });
  co_await done->wait();
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
  if (question.kind() == GatewayLinks::Question::KIND_ABSENT ||
      question.kind() == GatewayLinks::Question::KIND_KEEP) {
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
  Core& core = *place->core;
  switch (question.kind()) {
    case GatewayLinks::Question::KIND_PROBE:
    case GatewayLinks::Question::KIND_PROBE_GONE:
      serve_probe(core, question, reply_to);
      break;
    case GatewayLinks::Question::KIND_MOVE:
      net::co_spawn(core.core.context(), serve_move(core, question.sid(), reply_to), net::detached);
      break;
    default:
      net::co_spawn(core.core.context(), serve_session(core, question, reply_to), net::detached);
  }
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

void SocketDoor::stop() {
  links_.stop();
}

}  // namespace marquee::gateway
