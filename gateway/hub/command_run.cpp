#include "gateway/hub/command_run.h"

#include "gateway/hub/hub.h"
#include "gateway/one_shot.h"
#include "gateway/upstream.h"
#include "libs/core/ids.h"
#include "libs/core/log.h"
#include "libs/core/trace.h"
#include "libs/live/subjects.h"
#include "libs/transcode/json_reader.h"
#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"

namespace marquee::gateway {
namespace {

using Client = std::shared_ptr<SocketClient>;
using Missed = LiveFeeds::Missed;
using Topics = std::vector<std::string>;

constexpr std::size_t kTopicsMax = 256;  // of one socket
constexpr int kJsonDepthMax = 32;

std::optional<Problem> may_call(const Client& client, const Command& command, Hub& hub) {
  auto& limiter = hub.parts().limiter;
  const auto now = std::chrono::steady_clock::now();
  auto verdict = limiter.take(command.rate_class, client->address(), now);
  const rpc::Caller& caller = client->caller();
  if (verdict.allowed && caller.signed_in()) {
    verdict = limiter.take(command.rate_class, caller.user_id, now);
  }
  if (!verdict.allowed) return too_many_requests(verdict.retry_after_s);
  const auto auth = command.policy->auth();
  const bool needs_user = auth == marquee::api::AUTH_USER || auth == marquee::api::AUTH_ADMIN;
  if (needs_user && !caller.signed_in()) {
    return Problem(401, "not_authenticated", "Unauthorized");
  }
  if (auth == marquee::api::AUTH_ADMIN && !caller.admin()) {
    return Problem(403, "permission_denied", "You do not have permission to perform this action.");
  }
  if (command.upstream == nullptr) return unavailable("upstream_not_configured", 1);
  return std::nullopt;
}

// An object, or a string that holds one.
std::optional<Problem> encode_data(const Command& command, std::string_view data,
                                   std::string& wire) {
  std::string unescaped;
  transcode::JsonReader in(data, kJsonDepthMax);
  const auto type = in.peek();
  if (type == transcode::JsonType::kString) {
    std::string_view raw;
    bool escaped = false;
    in.read_string(raw, escaped);
    transcode::unescape(raw, unescaped);
    data = unescaped;
  } else if (type == transcode::JsonType::kNull) {
    data = "{}";
  }
  auto error = transcode::encode_json(*command.method->request, data, wire);
  if (!error) return std::nullopt;
  Problem problem(400, error->reason, error->message);
  if (!error->field.empty()) problem.fields.emplace_back(error->field, error->message);
  return problem;
}

Topics fill_all(const std::vector<TagTemplate>& templates, const std::string& request,
                std::string_view reply = {}) {
  Topics topics;
  for (const auto& one : templates) {
    std::string topic = one.fill(request, reply);
    // What should name it is not there: the service says so.
    if (!topic.ends_with(':')) topics.push_back(std::move(topic));
  }
  return topics;
}

std::optional<Problem> check_topics(const Client& client, const Topics& topics) {
  for (const auto& topic : topics) {
    if (topic.size() > live::kTopicBytesMax) {
      return Problem(400, "bad_topic", "There is no such room");
    }
  }
  if (client->joined_topics() + topics.size() > kTopicsMax) {
    return Problem(400, "too_many_topics", "Too many rooms are joined on this connection");
  }
  return std::nullopt;
}

// Heard, and held back until end_join(). Only those that it had not joined are returned.
net::awaitable<Topics> begin_joins(Client client, Topics topics) {
  Topics begun;
  for (auto& topic : topics) {
    if (client->gone() || !client->begin_join(topic)) continue;
    auto heard = std::make_shared<OneShot>();
    const bool already = client->core().hub().feeds().join(topic, [heard] { heard->set(); });
    if (!already) co_await heard->wait();
    begun.push_back(std::move(topic));
  }
  co_return begun;
}

net::awaitable<Missed> ask_missed(Client client, std::string topic, ResumePoint point) {
  auto answered = std::make_shared<OneShot>();
  auto missed = std::make_shared<Missed>();
  client->core().hub().feeds().missed(topic, point.epoch, point.offset,
                                      [answered, missed](Missed found) {
                                        *missed = std::move(found);
                                        answered->set();
                                      });
  co_await answered->wait();
  co_return std::move(*missed);
}

void tell_resumed(const Client& client, const std::string& topic, const Missed& missed) {
  const auto position = client->core().hub().feeds().position();
  client->wire()->emit(missed.complete ? "resumed" : "resync",
                       R"({"stream":)" + json_text(topic) + R"(,"epoch":)" +
                           json_text(position.epoch) + R"(,"offset":)" +
                           std::to_string(position.offset) + "}");
}

// The arguments are the caller's, who waits.
net::awaitable<void> end_joins(Client client, const Topics& topics,
                               const std::optional<ResumePoint>& resume) {
  for (const auto& topic : topics) {
    Missed missed;
    if (resume) missed = co_await ask_missed(client, topic, *resume);
    if (client->gone()) co_return;
    if (resume) tell_resumed(client, topic, missed);
    client->end_join_with(topic, missed.events);
  }
}

net::awaitable<UpstreamReply> call_service(Client client, const Command& command,
                                           std::string wire) {
  UpstreamCall call(command.method->grpc_path, std::move(wire),
                    std::chrono::steady_clock::now() + command.deadline);
  const bool names_caller = command.policy->auth() != marquee::api::AUTH_PUBLIC;
  call.caller = rpc::encode_caller(names_caller ? client->caller() : rpc::Caller());
  random_request_id(call.request_id);
  call.traceparent = Trace::continued({}).traceparent();
  call.retry = command.policy->idempotent();
  call.importance = command.importance;
  UpstreamReply reply = co_await command.upstream->call(std::move(call));
  co_return reply;
}

void answer_error(const Client& client, const SocketCommand& asked, const Problem& problem) {
  client->core().hub().count(Hub::kRefused);
  if (client->gone()) return;
  const std::string error = socket_error(problem);
  client->wire()->emit("error", error);
  if (!asked.id.empty() && !client->gone()) client->wire()->refuse(asked.id, error);
}

}  // namespace

net::awaitable<void> run_command(Client client, SocketCommand asked) {
  Hub& hub = client->core().hub();
  const Command* command = hub.parts().commands.find(asked.event);
  if (command == nullptr) {
    answer_error(client, asked, Problem(404, "unknown_event", "Unknown event: " + asked.event));
    co_return;
  }
  std::string wire;
  std::optional<Problem> problem = may_call(client, *command, hub);
  if (!problem) problem = encode_data(*command, asked.data, wire);
  Topics topics;
  if (!problem) {
    topics = fill_all(command->subscribe, wire);
    problem = check_topics(client, topics);
  }
  if (!problem) {
    for (const auto& topic : fill_all(command->joined, wire)) {
      if (!client->has_joined(topic)) {
        problem = Problem(400, "not_joined", "Join the room first");
      }
    }
  }
  if (problem) {
    answer_error(client, asked, *problem);
    co_return;
  }

  const std::string request = wire;
  const Topics left = fill_all(command->unsubscribe, request);
  if (!command->hears_leaving) {
    for (const auto& topic : left) client->part(topic);
  }
  topics = co_await begin_joins(client, std::move(topics));
  if (client->gone()) co_return;
  UpstreamReply reply = co_await call_service(client, *command, std::move(wire));

  std::string json;
  transcode::ReplyMarks marks;
  transcode::ReplyOptions options;
  options.success_flag = command->policy->success_flag();
  if (!reply.ok()) {
    problem = problem_of(reply);
  } else if (!transcode::write_reply(*command->method->reply, reply.payload, options, json,
                                     marks)) {
    log::error("a reply could not be read", {{"method", command->method->full_name}});
    problem = Problem(500, "bad_reply", "Internal server error");
  }
  if (problem) {
    for (const auto& topic : topics) client->end_join(topic, false);
    answer_error(client, asked, *problem);
    co_return;
  }
  if (!command->drops.empty()) {
    hub.parts().cache.invalidate(fill_all(command->drops, request, reply.payload));
  }
  for (auto& topic : co_await begin_joins(
           client, fill_all(command->subscribe_with_reply, request, reply.payload))) {
    topics.push_back(std::move(topic));
  }
  if (client->gone()) co_return;
  if (!asked.id.empty()) client->wire()->acknowledge(asked.id, json);
  if (!command->reply.empty() && !client->gone()) client->wire()->emit(command->reply, json);
  if (command->hears_leaving) {
    for (const auto& topic : left) client->part(topic);
  }
  co_await end_joins(client, topics, asked.resume);
}

net::awaitable<void> join_freely(Client client, std::string topic) {
  Topics topics;
  topics.push_back(std::move(topic));
  topics = co_await begin_joins(client, std::move(topics));
  for (const auto& one : topics) client->end_join(one, true);
}

net::awaitable<void> go_on_with_topics(Client client,
                                       std::vector<std::pair<std::string, ResumePoint>> topics) {
  for (const auto& [topic, point] : topics) {
    const Topics one(1, topic);
    Topics begun = co_await begin_joins(client, one);
    Missed missed = co_await ask_missed(client, topic, point);
    if (client->gone()) co_return;
    if (!missed.complete) tell_resumed(client, topic, missed);
    client->end_join_with(topic, missed.events);
  }
}

net::awaitable<void> resume_topics(Client client, ResumePoint point) {
  Topics topics;
  for (const auto& [topic, member] : client->topics()) topics.push_back(topic);
  for (const auto& topic : topics) {
    Missed missed = co_await ask_missed(client, topic, point);
    if (client->gone()) co_return;
    if (!client->has_joined(topic)) continue;
    tell_resumed(client, topic, missed);
    for (const auto& event : missed.events) client->wire()->hear(*event);
  }
}

}  // namespace marquee::gateway
