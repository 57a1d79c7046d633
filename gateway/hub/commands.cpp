#include "gateway/hub/commands.h"

#include <stdexcept>

#include <google/protobuf/descriptor.h>

#include "gateway/rate_limiter.h"
#include "gateway/upstream.h"
#include "marquee/api/event.pb.h"

namespace marquee::gateway {
namespace {

using transcode::Method;

std::vector<TagTemplate> templates(const google::protobuf::RepeatedPtrField<std::string>& texts,
                                   const Method& method) {
  std::vector<TagTemplate> made;
  for (const auto& text : texts) made.emplace_back(text, *method.request);
  return made;
}

Command make_command(const Method& method, const marquee::api::Event& event,
                     const Upstreams& upstreams, const RateLimiter& limiter, const Config& config) {
  const auto& policy = *method.policy;
  Command command;
  command.name = event.on();
  command.method = &method;
  command.policy = &policy;
  if (auto it = upstreams.find(method.upstream); it != upstreams.end()) {
    command.upstream = it->second.get();
  }
  command.rate_class = limiter.class_of(policy.rate().empty() ? "write" : policy.rate());
  command.deadline =
      policy.deadline_ms() == 0 ? config.deadline_default : Millis(policy.deadline_ms());
  if (policy.shed_last() || policy.auth() == marquee::api::AUTH_ADMIN) {
    command.importance = Admission::Importance::kHigh;
  }
  command.reply = event.reply();
  for (const auto& text : event.subscribe()) {
    TagTemplate topic(text, *method.request, method.reply);
    (topic.of_reply() ? command.subscribe_with_reply : command.subscribe)
        .push_back(std::move(topic));
  }
  command.unsubscribe = templates(event.unsubscribe(), method);
  command.joined = templates(event.joined(), method);
  command.hears_leaving = event.hears_leaving();
  for (const auto& tag : policy.drops()) {
    command.drops.emplace_back(tag, *method.request, method.reply);
  }
  return command;
}

}  // namespace

Commands::Commands(const transcode::Api& api, const Upstreams& upstreams,
                   const RateLimiter& limiter, const Config& config) {
  for (const auto& method : api.methods()) {
    const auto& options = method->descriptor->options();
    for (int i = 0; i < options.ExtensionSize(marquee::api::event); ++i) {
      const auto& event = options.GetExtension(marquee::api::event, i);
      try {
        if (event.on().empty()) throw std::invalid_argument("a socket command lacks its name");
        if (method->streams) throw std::invalid_argument("a socket command has one reply");
        Command command = make_command(*method, event, upstreams, limiter, config);
        if (!commands_.emplace(command.name, std::move(command)).second) {
          throw std::invalid_argument("there are two socket commands " + event.on());
        }
      } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(method->full_name + ": " + error.what());
      }
    }
  }
}

const Command* Commands::find(std::string_view name) const {
  auto found = commands_.find(name);
  if (found == commands_.end()) return nullptr;
  return found->second.policy->auth() == marquee::api::AUTH_INTERNAL ? nullptr : &found->second;
}

}  // namespace marquee::gateway
