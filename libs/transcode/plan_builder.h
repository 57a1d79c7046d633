// Descriptors -> message plans. Used by Api while it is built; one thread.
#pragma once

#include <memory>

#include "libs/core/string_map.h"
#include "libs/transcode/message_plan.h"

namespace google::protobuf {
class Descriptor;
class EnumDescriptor;
class FieldDescriptor;
class FileDescriptor;
}  // namespace google::protobuf

namespace marquee::transcode {

class PlanBuilder {
 public:
  // Plans every message of the file. Throws std::runtime_error naming the field when an option does
  // not suit it, two fields claim one JSON name, or its type has no JSON form here.
  void add_file(const google::protobuf::FileDescriptor& file);

  // Null when unknown.
  const MessagePlan* find(std::string_view full_name) const;

 private:
  void add(const google::protobuf::Descriptor& message);
  MessagePlan* shell(const google::protobuf::Descriptor& message);
  const EnumPlan* enumeration(const google::protobuf::EnumDescriptor& type);
  FieldPlan field(const google::protobuf::FieldDescriptor& descriptor);

  StringMap<std::unique_ptr<MessagePlan>> messages_;
  StringMap<std::unique_ptr<EnumPlan>> enums_;
};

}  // namespace marquee::transcode
