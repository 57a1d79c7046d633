// The tests' API with one thing changed: what Api and RouteTable must refuse.
#pragma once

#include <stdexcept>
#include <string>

#include <google/protobuf/descriptor.pb.h>

#include "google/api/annotations.pb.h"
#include "libs/transcode/route_table.h"
#include "marquee/api/policy.pb.h"
#include "test_descriptor_set.h"

namespace marquee::transcode {

class ChangedApi {
 public:
  ChangedApi() { set_.ParseFromString(std::string(marquee::embedded::test_descriptor_set())); }

  google::protobuf::FieldDescriptorProto& field(const std::string& message,
                                                const std::string& name) {
    for (auto& type : *file().mutable_message_type()) {
      if (type.name() != message) continue;
      for (auto& candidate : *type.mutable_field()) {
        if (candidate.name() == name) return candidate;
      }
    }
    throw std::logic_error("no field " + message + '.' + name);
  }
  marquee::api::FieldPolicy& policy(const std::string& message, const std::string& name) {
    return *field(message, name).mutable_options()->MutableExtension(marquee::api::field);
  }
  google::protobuf::MethodDescriptorProto& method(const std::string& name) {
    for (auto& candidate : *file().mutable_service(0)->mutable_method()) {
      if (candidate.name() == name) return candidate;
    }
    throw std::logic_error("no method " + name);
  }
  google::api::HttpRule& rule(const std::string& name) {
    return *method(name).mutable_options()->MutableExtension(google::api::http);
  }
  marquee::api::Policy& method_policy(const std::string& name) {
    return *method(name).mutable_options()->MutableExtension(marquee::api::policy);
  }
  google::protobuf::FileDescriptorProto& add_file() { return *set_.add_file(); }

  // What Api or RouteTable say; empty when they accept it.
  std::string complaint() const {
    try {
      Api api(set_.SerializeAsString());
      RouteTable table(api);
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

 private:
  // Adding files may move it.
  google::protobuf::FileDescriptorProto& file() {
    for (auto& candidate : *set_.mutable_file()) {
      if (candidate.package() == "marquee.testapi.v1") return candidate;
    }
    throw std::logic_error("no test_api.proto");
  }

  google::protobuf::FileDescriptorSet set_;
};

}  // namespace marquee::transcode
