// The JSON schemas (2020-12) of messages and fields, as the transcoder reads and writes them: what
// is under components.schemas of an OpenAPI document, gathered while its operations are described.
// A message is described once for each way it travels, and once more where the path already says
// some of its fields. One thread.
#pragma once

#include <map>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "libs/api_docs/examples.h"
#include "libs/transcode/message_plan.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace marquee::api_docs {

class SchemaBook {
 public:
  using Json = nlohmann::ordered_json;

  // {"$ref": "#/components/schemas/Movie"}. `left_out`: members that are said elsewhere.
  Json reference(const google::protobuf::Descriptor& message, const transcode::MessagePlan& plan,
                 Use use, const std::set<std::string>& left_out = {});
  // The schema of one field with its description.
  Json field(const google::protobuf::FieldDescriptor& field, const transcode::FieldPlan& plan,
             Use use);
  // All that were asked for, by name.
  const std::map<std::string, Json>& schemas() const { return schemas_; }

 private:
  std::string name_for(const google::protobuf::Descriptor& message, Use use,
                       const std::set<std::string>& left_out);
  Json describe(const google::protobuf::Descriptor& message, const transcode::MessagePlan& plan,
                Use use, const std::set<std::string>& left_out);
  Json single(const google::protobuf::FieldDescriptor& field, const transcode::FieldPlan& plan,
              Use use);

  std::map<std::string, Json> schemas_;
  std::map<std::string, std::string> names_;  // of message, use and what is left out
};

}  // namespace marquee::api_docs
