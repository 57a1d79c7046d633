// /api/asyncapi.json against what sockets of the suite really say and hear: each command is sent
// with the document's own example, and every frame that comes must be one of those described.
#include <algorithm>
#include <functional>
#include <set>

#include <google/protobuf/descriptor.pb.h>

#include "libs/testing/web_socket.h"
#include "marquee/api/event.pb.h"
#include "marquee/api/policy.pb.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/schema.h"
#include "tests/e2e/suite.h"

using namespace marquee;
using namespace marquee::e2e;
using testing::WebSocket;

namespace {

const json& document() {
  static const json instance = anybody().get("/api/asyncapi.json").json();
  return instance;
}

const json& messages() {
  return document().at("components").at("messages");
}

// "" when `frame` is the message; else why not.
std::string message_faults(const json& message, json frame) {
  const std::string member = message.value("x-payload-member", "data");
  if (!frame.contains(member)) return "no " + member;
  const json payload = frame.at(member);
  frame.erase(member);
  auto faults = schema_faults(document(), message.at("headers"), frame, "frame");
  return faults.empty() ? schema_faults(document(), message.at("payload"), payload, "data")
                        : faults;
}

// Of a frame that is none of the messages of native sockets whose keys `wanted` takes.
std::string frame_faults(const json& frame, const std::function<bool(const std::string&)>& wanted) {
  std::string faults;
  for (const auto& [key, unused] : document()["channels"]["native"]["messages"].items()) {
    if (!wanted(key)) continue;
    auto why = message_faults(messages().at(key), frame);
    if (why.empty()) return {};
    faults += key + ": " + why + "\n";
  }
  return faults;
}

// A socket of which every frame is looked at.
class LookedAt {
 public:
  explicit LookedAt(const std::string& token = {})
      : socket_(Suite::shared().port(), token.empty() ? "/ws" : "/ws?token=" + token) {
    CHECK_FALSE(event("connection_response").is_null());
  }

  void say(const std::string& text) { socket_.send(std::string_view(text)); }
  json event(const std::string& name) {
    return next([&](const json& frame) { return frame.value("event", "") == name; });
  }
  json answer(const json& id) {
    return next([&](const json& frame) { return frame.contains("ack") && frame["ack"] == id; });
  }

 private:
  // Null when none comes.
  json next(const std::function<bool(const json&)>& wanted) {
    while (auto text = socket_.receive()) {
      json frame = json::parse(*text);
      CAPTURE(*text);
      if (frame.contains("event")) {
        CHECK(frame_faults(frame, [](const std::string& key) {
                return key.rfind("event.", 0) == 0 || key.rfind("reply.", 0) == 0;
              }) == "");
      }
      if (wanted(frame)) return frame;
    }
    return nullptr;
  }

  WebSocket socket_;
};

std::string example_of(const std::string& command) {
  return messages().at("command." + command).at("x-native").at(0);
}

bool is_command(const json& operation) {
  return operation.contains("x-auth");
}

bool has(const json& list, const json& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Joins with other commands' examples what this one must have joined.
void join_for(const json& operation, LookedAt& socket) {
  for (const auto& topic : operation.at("x-must-have-joined")) {
    for (const auto& [name, other] : document().at("operations").items()) {
      if (!is_command(other) || !has(other.at("x-joins"), topic)) continue;
      const std::string example = example_of(name);
      socket.say(example);
      REQUIRE_FALSE(socket.answer(json::parse(example).at("id")).is_null());
    }
  }
}

bool names_error(const json& operation, const std::string& text) {
  for (const auto& error : operation.at("x-errors")) {
    if (has(error.at("messages"), text)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the document of the sockets names every command and live event of the descriptors") {
  google::protobuf::FileDescriptorSet set;
  const auto bytes = embedded::marquee_descriptor_set();
  REQUIRE(set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  std::set<std::string> commands;
  std::set<std::string> events;
  for (const auto& file : set.file()) {
    for (const auto& service : file.service()) {
      for (const auto& method : service.method()) {
        const auto& options = method.options();
        if (options.GetExtension(api::policy).auth() == api::AUTH_INTERNAL) continue;
        for (int i = 0; i < options.ExtensionSize(api::event); ++i) {
          commands.insert(options.GetExtension(api::event, i).on());
        }
      }
    }
    for (const auto& type : file.message_type()) {
      for (const auto& name : type.options().GetExtension(api::live).events()) events.insert(name);
    }
  }
  std::set<std::string> described;
  for (const auto& [name, operation] : document().at("operations").items()) {
    if (is_command(operation)) described.insert(name);
  }
  CHECK(described == commands);
  std::set<std::string> heard;
  for (const auto& [key, message] : messages().items()) {
    for (const auto& name : message.value("x-events", json::array())) heard.insert(name);
  }
  CHECK(heard == events);
}

TEST_CASE("each command takes the document's example and is answered as described") {
  Person person = new_person();
  int done = 0;
  for (const auto& [name, operation] : document().at("operations").items()) {
    if (!is_command(operation)) continue;
    CAPTURE(name);
    LookedAt socket(person.token);
    join_for(operation, socket);
    const std::string example = example_of(name);
    socket.say(example);
    const json answer = socket.answer(json::parse(example).at("id"));
    CAPTURE(answer.dump());
    if (answer.contains("error")) {
      CHECK(message_faults(messages().at("refusal"), answer) == "");
      CHECK(names_error(operation, answer["error"]["message"]));
      continue;
    }
    CHECK(message_faults(messages().at("ack." + name), answer) == "");
    ++done;
    for (const auto& reply : operation["reply"]["messages"]) {
      const std::string key = reply["$ref"].get<std::string>().substr(
          std::string("#/channels/native/messages/").size());
      if (key != "reply." + name) continue;
      CHECK(message_faults(messages().at(key), socket.event(messages().at(key).at("name"))) == "");
    }
  }
  CHECK(done >= 3);
}

TEST_CASE("what the gateway says by itself is described") {
  Person person = new_person();
  LookedAt socket;
  socket.say(R"({"event":"ping","data":{"t0":1}})");
  CHECK(socket.event("pong")["data"] == json{{"t0", 1}});
  for (const char* text : {"no json", "[]", "{}", R"({"event":"sing"})",
                           R"({"event":"join_notification","data":{"user_id":[]}})",
                           R"({"event":"resume","data":{}})"}) {
    CAPTURE(text);
    socket.say(text);
    CHECK_FALSE(socket.event("error").is_null());
  }
  socket.say(R"({"event":"sing","id":"a"})");
  CHECK(message_faults(messages().at("refusal"), socket.answer("a")) == "");
  socket.say(
      json{{"event", "authenticate"}, {"data", {{"token", person.token}}}, {"id", 2}}.dump());
  CHECK(message_faults(messages().at("ack.authenticate"), socket.answer(2)) == "");
  socket.say(R"({"event":"resume","data":{"epoch":"another","offset":"1"}})");
  CHECK_FALSE(socket.event("resync").is_null());
  socket.say(R"({"event":"ping","data":{"t0":2},"id":3})");
  CHECK(message_faults(messages().at("ack.ping"), socket.answer(3)) == "");
  socket.say(R"({"event":"resume","data":{"epoch":"another","offset":"1"},"id":4})");
  CHECK(message_faults(messages().at("ack.resume"), socket.answer(4)) == "");
  socket.say(R"({"event":"resume","id":5})");
  CHECK(message_faults(messages().at("refusal"), socket.answer(5)) == "");
}

TEST_CASE("live events are as described") {
  Person person = new_person();
  LookedAt socket;
  const std::int64_t film = add_film(person, {{"title", unique_name("described")}});
  CHECK_FALSE(socket.event("movie_notification").is_null());
  socket.say(json{
      {"event", "join_notification"},
      {"data", {{"user_id", "ada"}, {"room_id", film}}},
      {"id", 1}}.dump());
  CHECK(socket.answer(1).contains("data"));
  client_of(person).post("/api/reviews",
                         json{{"movie_id", film}, {"rating", 4}, {"comment", "There it is."}});
  const json review = socket.event("new_review");
  CHECK(message_faults(messages().at("event.NewReview"), review) == "");
  CHECK(review.contains("offset"));
}
