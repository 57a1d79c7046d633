#include "libs/api_docs/asyncapi.h"

#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "libs/api_docs/comments.h"
#include "libs/api_docs/schema_book.h"
#include "libs/api_docs/socket_messages.h"
#include "libs/api_docs/wording.h"
#include "libs/transcode/api.h"
#include "marquee/api/event.pb.h"
#include "marquee/api/policy.pb.h"
#include "sockets.h"
#include "sockets_introduction.h"

namespace marquee::api_docs {
namespace {

using Json = nlohmann::ordered_json;
using google::protobuf::RepeatedPtrField;
using marquee::api::Event;
using transcode::Method;

constexpr char kNative[] = "native";
constexpr char kSocketIo[] = "socket_io";

Json reference(const std::string& path) {
  return {{"$ref", "#/" + path}};
}

Json on_channel(const std::string& channel, const std::vector<std::string>& keys) {
  Json messages = Json::array();
  for (const auto& key : keys) {
    messages.push_back(reference("channels/" + channel + "/messages/" + key));
  }
  return messages;
}

// The keys of messages that `channel` has, of which one of `kinds` is the beginning.
std::vector<std::string> keys_of(const Json& document, const char* channel,
                                 std::initializer_list<std::string_view> kinds) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : document.at("channels").at(channel).at("messages").items()) {
    for (std::string_view kind : kinds) {
      if (key.starts_with(kind)) keys.push_back(key);
    }
  }
  return keys;
}

// What the gateway takes (`receive`) or says (`send`) on a channel.
Json operation(const char* action, const char* channel, const std::vector<std::string>& keys) {
  return {{"action", action},
          {"channel", reference(std::string("channels/") + channel)},
          {"messages", on_channel(channel, keys)}};
}

Json answered_by(const char* channel, const std::vector<std::string>& keys) {
  return {{"channel", reference(std::string("channels/") + channel)},
          {"messages", on_channel(channel, keys)}};
}

const char* auth_name(marquee::api::Auth auth) {
  switch (auth) {
    case marquee::api::AUTH_OPTIONAL:
      return "optional";
    case marquee::api::AUTH_USER:
      return "user";
    case marquee::api::AUTH_ADMIN:
      return "admin";
    default:
      return "public";
  }
}

const char* auth_text(marquee::api::Auth auth) {
  switch (auth) {
    case marquee::api::AUTH_OPTIONAL:
      return "For anybody; who is signed in gets a personal answer.";
    case marquee::api::AUTH_USER:
      return "For who is signed in.";
    case marquee::api::AUTH_ADMIN:
      return "For administrators only.";
    default:
      return "For anybody.";
  }
}

Json list_of(const RepeatedPtrField<std::string>& texts) {
  return Json(std::vector<std::string>(texts.begin(), texts.end()));
}

std::string quoted_list(const RepeatedPtrField<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) {
    out += out.empty() ? "`" : ", `";
    out += text + '`';
  }
  return out;
}

std::string rate_class(const Method& method) {
  return method.policy->rate().empty() ? "write" : method.policy->rate();
}

std::string description_of(const Method& method, const Event& event, const std::string& comment) {
  std::string text = comment + "\n\n" + auth_text(method.policy->auth());
  if (event.joined_size() != 0) text += " Must have joined " + quoted_list(event.joined()) + '.';
  if (event.subscribe_size() != 0) text += " Joins " + quoted_list(event.subscribe()) + '.';
  if (event.unsubscribe_size() != 0) {
    text += " Leaves " + quoted_list(event.unsubscribe());
    text += event.hears_leaving() ? " and hears of it." : " first, and does not hear of it.";
  }
  if (!event.reply().empty())
    text += " The caller hears the answer as `" + event.reply() + "` too.";
  return text + "\n\nRate class: `" + rate_class(method) + "`.";
}

Json errors_of(const std::string& comment) {
  Json errors = Json::array();
  for (const ErrorNote& note : errors_in(comment)) {
    errors.push_back({{"status", note.status}, {"messages", note.messages}});
  }
  return errors;
}

Json command_operation(const Method& method, const Event& event) {
  const std::string comment = comment_of(*method.descriptor);
  Json result = operation("receive", kNative, {"command." + event.on()});
  result["title"] = event.on();
  result["summary"] = summary_of(comment);
  result["description"] = description_of(method, event, comment);
  result["tags"] = Json::array({{{"name", tag_name(*method.descriptor->service())}}});
  const auto auth = method.policy->auth();
  if (auth == marquee::api::AUTH_USER || auth == marquee::api::AUTH_ADMIN) {
    Json& schemes = result["security"] = Json::array();
    for (const char* name : {"bearer", "query", "cookie"}) {
      schemes.push_back(reference(std::string("components/securitySchemes/") + name));
    }
  }
  std::vector<std::string> answers = {"ack." + event.on()};
  if (!event.reply().empty()) answers.push_back("reply." + event.on());
  answers.insert(answers.end(), {"refusal", "event.error"});
  result["reply"] = answered_by(kNative, answers);
  result["x-auth"] = auth_name(auth);
  result["x-rate-class"] = rate_class(method);
  result["x-joins"] = list_of(event.subscribe());
  result["x-leaves"] = list_of(event.unsubscribe());
  result["x-must-have-joined"] = list_of(event.joined());
  result["x-errors"] = errors_of(comment);
  return result;
}

void add_commands(const transcode::Api& api, SchemaBook& book, Json& document) {
  for (const auto& method : api.methods()) {
    if (method->policy->auth() == marquee::api::AUTH_INTERNAL) continue;
    const auto& options = method->descriptor->options();
    for (int i = 0; i < options.ExtensionSize(marquee::api::event); ++i) {
      const Event& event = options.GetExtension(marquee::api::event, i);
      add_command(*method, event, book, document["components"]["messages"]);
      document["operations"][event.on()] = command_operation(*method, event);
    }
  }
}

void add_live_events(const transcode::Api& api, SchemaBook& book, Json& document) {
  for (const auto* file : api.files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto& type = *file->message_type(i);
      const auto& live = type.options().GetExtension(marquee::api::live);
      if (live.events().empty()) continue;
      add_live(api, type, live, book, document["components"]["messages"]);
    }
  }
}

// What sockets.json leaves out of its own messages.
void complete_own_messages(Json& messages) {
  for (auto& [key, message] : messages.items()) {
    const std::string name = message.at("name");
    if (key.starts_with("command.")) {
      message["headers"] = command_headers(name);
    } else if (key.starts_with("event.")) {
      message["headers"] = event_headers(Json::array({name}), false);
    } else {
      message["headers"] = ack_headers();
    }
  }
}

void complete_own_operations(Json& operations) {
  for (auto& [name, own] : operations.items()) {
    Json whole = operation("receive", kNative, {"command." + name});
    whole["title"] = name;
    whole["tags"] = Json::array({{{"name", "Gateway"}}});
    whole["reply"] = answered_by(kNative, own.at("x-reply"));
    own.erase("x-reply");
    whole.update(own);
    own = std::move(whole);
  }
}

void put_on_channels(Json& document) {
  for (auto& [key, message] : document["components"]["messages"].items()) {
    if (!message.contains("x-protocols")) message["x-protocols"] = {kNative, kSocketIo};
    for (const auto& protocol : message["x-protocols"]) {
      document["channels"][protocol.get<std::string>()]["messages"][key] =
          reference("components/messages/" + key);
    }
    add_wire_texts(message);
  }
}

void add_general_operations(Json& document) {
  Json& operations = document["operations"];
  Json hear = operation("send", kNative, keys_of(document, kNative, {"event.", "reply."}));
  hear["title"] = "What a native socket hears";
  hear["summary"] = "Live events of the topics that it has joined, and what the hub says by itself";
  operations["native_events"] = std::move(hear);
  Json ask = operation("receive", kSocketIo, keys_of(document, kSocketIo, {"command."}));
  ask["title"] = "Commands on Socket.IO";
  ask["summary"] = "The same commands as on a native socket, each of which is described there";
  ask["reply"] = answered_by(kSocketIo, keys_of(document, kSocketIo, {"ack.", "refusal"}));
  operations["socket_io_commands"] = std::move(ask);
  Json told = operation("send", kSocketIo, keys_of(document, kSocketIo, {"event.", "reply."}));
  told["title"] = "What a client of Socket.IO hears";
  told["summary"] =
      "The same events as on a native socket, and `offset` behind those that must arrive";
  operations["socket_io_events"] = std::move(told);
}

Json security_schemes(const Settings& settings) {
  return {{"bearer", bearer_scheme()},
          {"query",
           {{"type", "httpApiKey"},
            {"in", "query"},
            {"name", "token"},
            {"description", "The same token, for browsers, which cannot set headers here."}}},
          {"cookie",
           {{"type", "httpApiKey"},
            {"in", "cookie"},
            {"name", settings.cookie_name},
            {"description",
             "The session cookie of the HTTP API; needs an Origin of ours or an allowed one."}}}};
}

}  // namespace

Json asyncapi(const transcode::Api& api, const Settings& settings) {
  SchemaBook book;
  Json document = Json::parse(embedded::sockets());
  document["info"]["version"] = MARQUEE_VERSION;
  document["info"]["description"] =
      std::string(embedded::sockets_introduction()) + rate_limits(settings, "commands");
  complete_own_messages(document["components"]["messages"]);
  complete_own_operations(document["operations"]);
  add_commands(api, book, document);
  add_live_events(api, book, document);
  put_on_channels(document);
  add_general_operations(document);
  Json& components = document["components"];
  for (const auto& [name, schema] : book.schemas()) components["schemas"][name] = schema;
  components["securitySchemes"] = security_schemes(settings);
  return document;
}

}  // namespace marquee::api_docs
