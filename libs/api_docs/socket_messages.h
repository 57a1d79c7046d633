// The messages of the AsyncAPI document: of a command, its ack and its event, of a live event, and
// how each of them looks on the wire. Stateless; any thread.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "libs/api_docs/schema_book.h"
#include "libs/transcode/api.h"

namespace marquee::api {
class Event;
class Live;
}  // namespace marquee::api

namespace marquee::api_docs {

// Of a message that `event` names and a client sends; of an answer to it; of an event under one of
// `names`, which is numbered when `kept`.
nlohmann::ordered_json command_headers(const std::string& event);
nlohmann::ordered_json ack_headers();
nlohmann::ordered_json event_headers(const nlohmann::ordered_json& names, bool kept);

// Adds "command.NAME", "ack.NAME" and, where the caller hears the reply as an event, "reply.NAME".
void add_command(const transcode::Method& method, const marquee::api::Event& event,
                 SchemaBook& book, nlohmann::ordered_json& messages);
// Adds "event.SCHEMA", named as its data in components.schemas.
void add_live(const transcode::Api& api, const google::protobuf::Descriptor& type,
              const marquee::api::Live& live, SchemaBook& book, nlohmann::ordered_json& messages);

// Writes the examples of `message` as they travel: `x-native` and `x-socket-io`, where it does not
// say itself.
void add_wire_texts(nlohmann::ordered_json& message);

}  // namespace marquee::api_docs
