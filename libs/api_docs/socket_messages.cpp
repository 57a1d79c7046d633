#include "libs/api_docs/socket_messages.h"

#include <algorithm>

#include <google/protobuf/descriptor.h>

#include "libs/api_docs/comments.h"
#include "libs/api_docs/responses.h"
#include "libs/api_docs/wording.h"
#include "marquee/api/event.pb.h"
#include "marquee/api/policy.pb.h"

namespace marquee::api_docs {
namespace {

using google::protobuf::Descriptor;
using Json = nlohmann::ordered_json;

constexpr int kExampleId = 7;
constexpr int kExampleOffset = 1042;

Json schema_reference(const char* name) {
  return {{"$ref", std::string("#/components/schemas/") + name}};
}

Json headers_of(Json properties, const char* required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", Json::array({required})}};
}

Json correlation(const char* member) {
  return {{"location", std::string("$message.header#/") + member}};
}

// "movie:1" of "movie:{movie_id}" and {"movie_id":1}.
std::string filled(const std::string& topic, const Json& payload) {
  const auto open = topic.find('{');
  const auto close = topic.find('}', std::min(open, topic.size()));
  if (close == std::string::npos) return topic;
  const std::string name = topic.substr(open + 1, close - open - 1);
  std::string value = "1";
  if (auto found = payload.find(name); found != payload.end()) {
    value = found->is_string() ? found->get<std::string>() : found->dump();
  }
  return topic.substr(0, open) + value + filled(topic.substr(close + 1), payload);
}

// The value's name without its prefix in lower case, and its comment.
std::pair<std::string, std::string> delivery_of(const transcode::Api& api,
                                                const marquee::api::Live& live) {
  const auto* type =
      api.pool().FindEnumTypeByName(marquee::api::Delivery_descriptor()->full_name());
  const auto* value = type == nullptr ? nullptr : type->FindValueByNumber(live.delivery());
  if (value == nullptr) return {};
  constexpr std::string_view kPrefix = "DELIVERY_";
  std::string name = value->name().substr(kPrefix.size());
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return {name, comment_of(*value)};
}

// Of an event or a command with its data.
std::string socket_io_packet(const char* type, const Json& id, const Json& arguments) {
  return type + (id.is_null() ? "" : id.dump()) + arguments.dump();
}

}  // namespace

Json command_headers(const std::string& event) {
  return headers_of({{"event", {{"const", event}}},
                     {"id", schema_reference("FrameId")},
                     {"resume", schema_reference("ResumePoint")}},
                    "event");
}

Json ack_headers() {
  return headers_of({{"ack", schema_reference("FrameId")}}, "ack");
}

Json event_headers(const Json& names, bool kept) {
  Json properties;
  properties["event"] = names.size() == 1 ? Json{{"const", names[0]}} : Json{{"enum", names}};
  if (kept) {
    properties["stream"] = {{"type", "string"}, {"description", "The topic."}};
    properties["offset"] = {
        {"type", "integer"},
        {"minimum", 1},
        {"description", "Its number; not there where nothing numbers what is published."}};
  }
  return headers_of(std::move(properties), "event");
}

void add_command(const transcode::Method& method, const marquee::api::Event& event,
                 SchemaBook& book, Json& messages) {
  const Descriptor& request = *method.descriptor->input_type();
  const std::string summary = summary_of(comment_of(*method.descriptor));
  messages["command." + event.on()] = {
      {"name", event.on()},
      {"summary", summary},
      {"headers", command_headers(event.on())},
      {"correlationId", correlation("id")},
      {"payload", book.reference(request, *method.request, Use::kRequest)},
      {"examples",
       Json::array({{{"headers", {{"event", event.on()}, {"id", kExampleId}}},
                     {"payload", example_of(request, *method.request, Use::kRequest)}}})}};
  const Json media = reply_media(method, book);
  const Json ack = {
      {"name", event.on()},
      {"summary", "The ack of `" + event.on() + "`: it is done."},
      {"headers", ack_headers()},
      {"correlationId", correlation("ack")},
      {"payload", media.at("schema")},
      {"examples",
       Json::array({{{"headers", {{"ack", kExampleId}}}, {"payload", media.at("example")}}})}};
  messages["ack." + event.on()] = ack;
  if (event.reply().empty()) return;
  messages["reply." + event.on()] = {
      {"name", event.reply()},
      {"summary", "What the ack of `" + event.on() + "` says, for the caller as an event."},
      {"headers", event_headers(Json::array({event.reply()}), false)},
      {"payload", media.at("schema")},
      {"examples",
       Json::array({{{"headers", {{"event", event.reply()}}}, {"payload", media.at("example")}}})}};
}

void add_live(const transcode::Api& api, const Descriptor& type, const marquee::api::Live& live,
              SchemaBook& book, Json& messages) {
  const auto& plan = *api.find_message(type.full_name());
  const Json names(std::vector<std::string>(live.events().begin(), live.events().end()));
  const Json topics(std::vector<std::string>(live.topics().begin(), live.topics().end()));
  const bool kept = live.delivery() == marquee::api::DELIVERY_LOG;
  const auto [delivery, meaning] = delivery_of(api, live);
  const std::string comment = comment_of(type);
  const Json payload = example_of(type, plan, Use::kReply);
  Json examples = Json::array();
  for (const auto& name : names) {
    Json headers = {{"event", name}};
    if (kept && !topics.empty()) headers["stream"] = filled(topics[0], payload);
    if (kept) headers["offset"] = kExampleOffset;
    examples.push_back({{"headers", std::move(headers)}, {"payload", payload}});
  }
  Json schema = book.reference(type, plan, Use::kReply);
  const auto schema_name = schema.at("$ref").get<std::string>();
  messages["event." + schema_name.substr(schema_name.rfind('/') + 1)] = {
      {"name", names[0]},
      {"summary", summary_of(comment)},
      {"description", comment + "\n\nDelivery `" + delivery + "`: " + meaning},
      {"headers", event_headers(names, kept)},
      {"payload", std::move(schema)},
      {"examples", std::move(examples)},
      {"x-events", names},
      {"x-topics", topics},
      {"x-delivery", delivery}};
}

void add_wire_texts(Json& message) {
  const std::string member = message.value("x-payload-member", "data");
  Json native = Json::array();
  Json socket_io = Json::array();
  Json offset;
  for (const auto& example : message.at("examples")) {
    const Json& headers = example.at("headers");
    const Json& payload = example.at("payload");
    Json frame;
    for (const char* first : {"event", "ack"}) {
      if (headers.contains(first)) frame[first] = headers.at(first);
    }
    frame[member] = payload;
    frame.update(headers);
    native.push_back(frame.dump());
    if (headers.contains("ack")) {
      socket_io.push_back(socket_io_packet("43", headers.at("ack"), Json::array({payload})));
    } else {
      Json id = headers.contains("id") ? headers.at("id") : Json();
      socket_io.push_back(socket_io_packet("42", id, Json::array({headers.at("event"), payload})));
    }
    if (headers.contains("offset")) offset = headers.at("offset");
  }
  if (!offset.is_null())
    socket_io.push_back(socket_io_packet("42", {}, Json::array({"offset", offset.dump()})));
  const Json protocols = message.at("x-protocols");  // a copy: new members move the old ones
  for (const auto& protocol : protocols) {
    const char* texts = protocol == "native" ? "x-native" : "x-socket-io";
    if (message.contains(texts)) continue;
    message[texts] = protocol == "native" ? native : socket_io;
  }
}

}  // namespace marquee::api_docs
