#include "gateway/hub/gateway_links.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "gateway/one_shot.h"
#include "libs/core/string_map.h"
#include "marquee/api/gateways.pb.h"

namespace marquee::gateway {
namespace {

constexpr std::size_t kInstanceCharactersMax = 16;

bool is_instance(std::string_view text) {
  return !text.empty() && text.size() <= kInstanceCharactersMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::string ask_subject(std::string_view instance) {
  return "gateway.ask." + std::string(instance);
}

struct Waiting {
  OneShot done;
  std::optional<marquee::api::GatewayAnswer> answer;
};

class Patience final : public websocket::Loop::Alarm {
 public:
  Patience(Waiting& waiting, websocket::Loop& loop, std::chrono::milliseconds time)
      : waiting_(waiting) {
    loop.wake_at(*this, loop.now() + time);
  }
  void on_alarm(websocket::Loop::Time) override { waiting_.done.set(); }

 private:
  Waiting& waiting_;
};

}  // namespace

struct GatewayLinks::Impl {
  explicit Impl(std::string its_instance) : instance(std::move(its_instance)) {}

  const std::string instance;
  bus::Bus* bus = nullptr;
  Serve serve;
  bus::Subscription questions;
  bus::Subscription answers;

  std::mutex mutex;
  StringMap<std::shared_ptr<Waiting>> waiting;  // by reply subject
  std::uint64_t asked = 0;
  bool stopped = false;

  std::shared_ptr<Waiting> take(const std::string& subject) {
    std::lock_guard lock(mutex);
    auto found = waiting.find(subject);
    if (found == waiting.end()) return nullptr;
    auto taken = std::move(found->second);
    waiting.erase(found);
    return taken;
  }

  // An empty one is the bus's: nobody listens to that subject.
  void on_answer(const bus::Message& message) {
    auto asker = take(std::string(message.subject));
    if (!asker) return;
    marquee::api::GatewayAnswer answer;
    if (!message.unheard &&
        answer.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
      asker->answer = std::move(answer);
    }
    asker->done.set();
  }
};

GatewayLinks::GatewayLinks(std::string instance)
    : impl_(std::make_shared<Impl>(std::move(instance))) {}

GatewayLinks::~GatewayLinks() {
  stop();
}

void GatewayLinks::start(bus::Bus* bus, Serve serve) {
  impl_->bus = bus;
  impl_->serve = std::move(serve);
  if (bus == nullptr) return;
  impl_->questions = bus->subscribe_numbered(
      ask_subject(impl_->instance), "gateway.ask", [impl = impl_.get()](const auto& message) {
        Question question;
        if (!question.ParseFromArray(message.payload.data(),
                                     static_cast<int>(message.payload.size()))) {
          return;
        }
        impl->serve(question, std::string(message.reply_to));
      });
  impl_->answers = bus->subscribe_numbered(
      "gateway.answer." + impl_->instance + ".>", "gateway.answer",
      [impl = impl_.get()](const auto& message) { impl->on_answer(message); });
}

void GatewayLinks::stop() {
  impl_->questions = {};
  impl_->answers = {};
  StringMap<std::shared_ptr<Waiting>> left;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    left.swap(impl_->waiting);
  }
  for (const auto& [subject, waiting] : left) waiting->done.set();
}

bool GatewayLinks::names_other(std::string_view text) const {
  return is_instance(text) && text != impl_->instance;
}

net::awaitable<std::optional<GatewayLinks::Answer>> GatewayLinks::ask(
    std::string instance, Question question, websocket::Loop& loop,
    std::chrono::milliseconds patience, Abort* abort) {
  auto impl = impl_;
  auto waiting = std::make_shared<Waiting>();
  std::string reply_to;
  {
    std::lock_guard lock(impl->mutex);
    if (impl->bus == nullptr || impl->stopped) co_return std::nullopt;
    reply_to = "gateway.answer." + impl->instance + '.' + std::to_string(++impl->asked);
    impl->waiting.emplace(reply_to, waiting);
  }
  const std::string subject = ask_subject(instance);
  if (!impl->bus->ask(subject, reply_to, question.SerializeAsString())) {
    impl->take(reply_to);
    co_return std::nullopt;
  }
  if (abort != nullptr) {
    abort->set_hook([impl, waiting, reply_to, subject, kind = question.kind()] {
      if (!impl->take(reply_to)) return;
      if (kind == Question::KIND_POLL) {
        Question gone;
        gone.set_kind(Question::KIND_POLL_GONE);
        gone.set_poll(reply_to);
        impl->bus->publish(subject, gone.SerializeAsString());
      }
      waiting->done.set();
    });
  }
  {
    Patience limit(*waiting, loop, patience);
    co_await waiting->done.wait();
  }
  if (abort != nullptr) abort->set_hook(nullptr);
  impl->take(reply_to);
  co_return std::move(waiting->answer);
}

void GatewayLinks::tell(std::string_view instance, const Question& question) {
  if (impl_->bus == nullptr) return;
  impl_->bus->publish(ask_subject(instance), question.SerializeAsString());
}

void GatewayLinks::answer(const std::string& reply_to, const Answer& answer) {
  // Only to where askers wait.
  if (impl_->bus == nullptr || !reply_to.starts_with("gateway.answer.")) return;
  impl_->bus->publish(reply_to, answer.SerializeAsString());
}

}  // namespace marquee::gateway
