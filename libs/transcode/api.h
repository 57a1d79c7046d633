// The public API as the descriptors declare it: every RPC with its policy, and the message plans
// that translate between JSON and protobuf's wire form without instantiating messages.
//
// Built once at start from a serialised FileDescriptorSet, immutable afterwards, shared by all
// threads. Everything handed out lives as long as the Api.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/transcode/message_plan.h"

namespace marquee::api {
class Policy;
}

namespace google::protobuf {
class DescriptorPool;
class FileDescriptor;
class MethodDescriptor;
}  // namespace google::protobuf

namespace marquee::transcode {

// One RPC, reachable or not by a route.
struct Method {
  std::string full_name;  // "marquee.movie.v1.MovieCatalog.GetMovie"
  std::string grpc_path;  // "/marquee.movie.v1.MovieCatalog/GetMovie"
  std::string upstream;   // "movie": the part of the package between "marquee." and ".v1"
  const MessagePlan* request = nullptr;
  const MessagePlan* reply = nullptr;
  bool streams = false;                          // any number of replies
  const marquee::api::Policy* policy = nullptr;  // never null; the default policy where none is set
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
};

class Api {
 public:
  // Throws std::runtime_error naming the RPC or field when the set is not parseable, an option
  // names a field that does not exist, or two fields of a message claim one JSON name.
  explicit Api(std::string_view file_descriptor_set);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  const std::vector<std::unique_ptr<Method>>& methods() const;

  // Null when unknown.
  const Method* find_method(std::string_view full_name) const;
  const MessagePlan* find_message(std::string_view full_name) const;
  const google::protobuf::DescriptorPool& pool() const;
  // In the order of the set.
  const std::vector<const google::protobuf::FileDescriptor*>& files() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::transcode
