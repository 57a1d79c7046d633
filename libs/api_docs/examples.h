// Values to show: of a field by what its comment quotes, else by its kind and name, so that a body
// made of them is one that the services take. Stateless; any thread.
#pragma once

#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "libs/transcode/message_plan.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace marquee::api_docs {

// Which way a message travels. Answers have every member; requests what the client chose.
enum class Use { kReply, kRequest };

nlohmann::ordered_json example_of(const google::protobuf::FieldDescriptor& field,
                                  const transcode::FieldPlan& plan, Use use);
// Without the members named in `left_out`. Of a request also without passwords that it does not
// require: nobody who tries it out should change theirs by it.
nlohmann::ordered_json example_of(const google::protobuf::Descriptor& message,
                                  const transcode::MessagePlan& plan, Use use,
                                  const std::set<std::string>& left_out = {});

}  // namespace marquee::api_docs
