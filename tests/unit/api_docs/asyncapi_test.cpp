// The document of the sockets: each command and each live event of the descriptors is in it as it
// is declared, and so is what the hub says by itself.
#include "libs/api_docs/asyncapi.h"

#include <functional>
#include <set>

#include <google/protobuf/descriptor.pb.h>
#include <nlohmann/json.hpp>

#include "libs/api_docs/openapi.h"
#include "libs/transcode/api.h"
#include "libs/transcode/route_table.h"
#include "marquee/api/event.pb.h"
#include "marquee/api/policy.pb.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"
#include "tests/unit/api_docs/references.h"

namespace marquee::api_docs {
namespace {

using Json = nlohmann::ordered_json;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;

const transcode::Api& api() {
  static const transcode::Api instance(embedded::marquee_descriptor_set());
  return instance;
}

const Json& document() {
  static const Json instance = asyncapi(api(), {"session", {{"write", 300, 60}}});
  return instance;
}

const Json& message(const std::string& key) {
  return document().at("components").at("messages").at(key);
}

const Json& operation(const std::string& name) {
  return document().at("operations").at(name);
}

std::string on_native(const std::string& key) {
  return "#/channels/native/messages/" + key;
}

bool has_reference(const Json& list, const std::string& target) {
  return std::find(list.begin(), list.end(), Json{{"$ref", target}}) != list.end();
}

void each_command(
    const std::function<void(const transcode::Method&, const marquee::api::Event&)>& visit) {
  for (const auto& method : api().methods()) {
    const auto& options = method->descriptor->options();
    for (int i = 0; i < options.ExtensionSize(marquee::api::event); ++i) {
      visit(*method, options.GetExtension(marquee::api::event, i));
    }
  }
}

// The film's rooms, declared otherwise.
Json changed_document(const std::function<void(FileDescriptorProto&)>& change) {
  FileDescriptorSet set;
  const auto bytes = embedded::marquee_descriptor_set();
  REQUIRE(set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  for (auto& file : *set.mutable_file()) {
    if (file.name() == "marquee/movie/v1/rooms.proto") change(file);
  }
  return asyncapi(transcode::Api(set.SerializeAsString()), {});
}

TEST_CASE("every command is an operation with its data, its ack and its refusal") {
  std::size_t commands = 0;
  each_command([&](const transcode::Method& method, const marquee::api::Event& event) {
    const std::string& name = event.on();
    CAPTURE(name);
    if (method.policy->auth() == marquee::api::AUTH_INTERNAL) {
      CHECK_FALSE(document()["operations"].contains(name));
      return;
    }
    ++commands;
    const Json& one = operation(name);
    CHECK(one.at("action") == "receive");
    CHECK(one.at("messages") == Json::array({{{"$ref", on_native("command." + name)}}}));
    CHECK(one.at("summary").get<std::string>() != "");
    CHECK(one.at("x-joins").size() == static_cast<std::size_t>(event.subscribe_size()));
    const Json& answers = one.at("reply").at("messages");
    CHECK(has_reference(answers, on_native("ack." + name)));
    CHECK(has_reference(answers, on_native("refusal")));
    CHECK(has_reference(answers, on_native("reply." + name)) == !event.reply().empty());
    const Json& socket_io = operation("socket_io_commands").at("messages");
    CHECK(has_reference(socket_io, "#/channels/socket_io/messages/command." + name));
  });
  CHECK(commands >= 3);
}

TEST_CASE("a command says its topics, its answer as an event, its errors and its rate class") {
  const Json& leave = operation("leave_notification");
  CHECK(leave.at("x-must-have-joined") == Json({"movie:{room_id}"}));
  CHECK(leave.at("x-leaves") == Json({"movie:{room_id}"}));
  CHECK(leave.at("x-joins").empty());
  CHECK(leave.at("x-auth") == "public");
  CHECK(leave.at("x-rate-class") == "write");
  CHECK_FALSE(leave.contains("security"));
  CHECK(leave.at("x-errors")[0]["status"] == 400);
  CHECK(leave.at("x-errors")[0]["messages"][0] == "Join the room first");
  CHECK(message("reply.leave_notification").at("name") == "message");
  CHECK(message("command.leave_notification")["payload"]["$ref"] ==
        "#/components/schemas/ReviewRoomRequest");
  CHECK(message("ack.leave_notification")["payload"]["$ref"] == "#/components/schemas/RoomNotice");
}

TEST_CASE("examples are shown as they travel in both protocols") {
  const Json& join = message("command.join_notification");
  CHECK(Json::parse(join["x-native"][0].get<std::string>()) ==
        Json{{"event", "join_notification"}, {"data", join["examples"][0]["payload"]}, {"id", 7}});
  CHECK(join["x-socket-io"][0].get<std::string>().rfind(R"(427["join_notification",{)", 0) == 0);
  CHECK(message("ack.join_notification")["x-native"][0].get<std::string>().rfind(
            R"({"ack":7,"data":{)", 0) == 0);
  CHECK(message("ack.join_notification")["x-socket-io"][0].get<std::string>().rfind("437[{", 0) ==
        0);
  CHECK(message("refusal")["x-native"][0].get<std::string>().rfind(R"({"ack":7,"error":{)", 0) ==
        0);
  const Json& review = message("event.NewReview");
  REQUIRE(review["x-native"].size() == 2);
  Json frame = Json::parse(review["x-native"][1].get<std::string>());
  CHECK(frame["event"] == "message");
  CHECK(frame["stream"] == "movie:1");
  CHECK(frame["offset"].is_number());
  CHECK(review["x-socket-io"][2] == R"(42["offset","1042"])");
}

TEST_CASE("every live event is a message with its names, its data, its topics and its delivery") {
  std::size_t events = 0;
  for (const auto* file : api().files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto& type = *file->message_type(i);
      const auto& live = type.options().GetExtension(marquee::api::live);
      if (live.events().empty()) continue;
      ++events;
      CAPTURE(type.full_name());
      const Json& one = message("event." + std::string(type.name()));
      CHECK(one.at("x-events") ==
            Json(std::vector<std::string>(live.events().begin(), live.events().end())));
      CHECK(one.at("x-topics").size() == static_cast<std::size_t>(live.topics_size()));
      CHECK(one.at("payload")["$ref"] == "#/components/schemas/" + std::string(type.name()));
      CHECK(one.at("examples").size() == one.at("x-events").size());
      CHECK(has_reference(operation("native_events").at("messages"),
                          on_native("event." + std::string(type.name()))));
    }
  }
  CHECK(events >= 3);
  CHECK(message("event.NewReview").at("x-delivery") == "log");
  CHECK(message("event.NewReview")["headers"]["properties"].contains("offset"));
  CHECK(message("event.NewReview").at("description").get<std::string>().find("Must arrive") !=
        std::string::npos);
}

TEST_CASE("other declarations are told as well") {
  const Json other = changed_document([](FileDescriptorProto& file) {
    auto& leave = *file.mutable_service(0)->mutable_method(1)->mutable_options();
    leave.MutableExtension(marquee::api::policy)->set_auth(marquee::api::AUTH_ADMIN);
    auto& event = *leave.MutableExtension(marquee::api::event, 0);
    event.set_hears_leaving(true);
    event.add_subscribe("lobby:{reply.room_id}");
    auto& announce = *file.mutable_service(0)->mutable_method(2)->mutable_options();
    announce.MutableExtension(marquee::api::policy)->set_auth(marquee::api::AUTH_INTERNAL);
    for (auto& type : *file.mutable_message_type()) {
      if (type.name() != "MovieNotification") continue;
      type.mutable_options()
          ->MutableExtension(marquee::api::live)
          ->set_delivery(marquee::api::DELIVERY_STATE);
    }
  });
  const Json& leave = other["operations"]["leave_notification"];
  CHECK(leave["x-auth"] == "admin");
  CHECK(leave["security"].size() == 3);
  CHECK(leave["x-joins"] == Json({"lobby:{reply.room_id}"}));
  const auto text = leave["description"].get<std::string>();
  CHECK(text.find("For administrators only.") != std::string::npos);
  CHECK(text.find("Leaves `movie:{room_id}` and hears of it.") != std::string::npos);
  CHECK_FALSE(other["operations"].contains("new_review"));
  CHECK_FALSE(other["components"]["messages"].contains("command.new_review"));
  const Json& state = other["components"]["messages"]["event.MovieNotification"];
  CHECK(state["x-delivery"] == "state");
  CHECK_FALSE(state["headers"]["properties"].contains("offset"));
  CHECK(state["x-socket-io"].size() == 1);
  check_references(other, other);
}

TEST_CASE("what the hub says by itself is there, on the channels that have it") {
  const Json& native = document()["channels"]["native"];
  const Json& socket_io = document()["channels"]["socket_io"];
  CHECK(native["address"] == "/ws");
  CHECK(socket_io["address"] == "/socket.io/");
  for (const char* both : {"connection_response", "error", "resumed", "resync", "bye"}) {
    CAPTURE(both);
    CHECK(native["messages"].contains(std::string("event.") + both));
    CHECK(socket_io["messages"].contains(std::string("event.") + both));
  }
  for (const char* key : {"command.authenticate", "command.ping", "command.resume", "event.pong",
                          "event.position", "ack.authenticate", "ack.ping", "ack.resume"}) {
    CAPTURE(key);
    CHECK(native["messages"].contains(key));
    CHECK_FALSE(socket_io["messages"].contains(key));
  }
  CHECK(socket_io["messages"].contains("event.offset"));
  CHECK_FALSE(native["messages"].contains("event.offset"));
  std::set<int> codes;
  for (const auto& one : native["x-close-codes"]) codes.insert(one.at("code").get<int>());
  for (int code : {1003, 1008, 1009, 1012, 1013, 4401, 4408}) {
    CAPTURE(code);
    CHECK(codes.count(code) == 1);
  }
}

TEST_CASE("every message can be read alone, and all that is referred to is there") {
  for (const auto& [key, one] : document()["components"]["messages"].items()) {
    CAPTURE(key);
    CHECK(one.contains("name"));
    CHECK(one.contains("summary"));
    CHECK(one.contains("payload"));
    CHECK(one.at("headers").at("required").is_array());
    CHECK(one.at("headers").at("required").size() == 1);
    CHECK_FALSE(one.at("examples").empty());
    CHECK((one.contains("x-native") || one.contains("x-socket-io")));
  }
  CHECK(check_references(document(), document()) > 80);
}

TEST_CASE("the general part: version, texts, rates, ways to sign in") {
  CHECK(document()["asyncapi"] == "3.0.0");
  const auto text = document()["info"]["description"].get<std::string>();
  CHECK(text.find("## Signing in") != std::string::npos);
  CHECK(text.find("| `write` | 300 | 60 s |") != std::string::npos);
  const Json& schemes = document()["components"]["securitySchemes"];
  CHECK(schemes["cookie"]["name"] == "session");
  CHECK(schemes["query"]["name"] == "token");
  const Json http = openapi(transcode::RouteTable(api()), {});
  CHECK(schemes["bearer"] == http["components"]["securitySchemes"]["bearer"]);
  CHECK(document()["info"]["version"] == http["info"]["version"]);
}

}  // namespace
}  // namespace marquee::api_docs
