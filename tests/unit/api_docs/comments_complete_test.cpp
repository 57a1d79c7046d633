// Every RPC that can be called from outside, every message that sockets hear, and every field of
// these, has a comment: it is what the API documents are made of.
#include <set>

#include "libs/api_docs/comments.h"
#include "libs/transcode/api.h"
#include "marquee/api/event.pb.h"
#include "marquee/api/policy.pb.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"

namespace marquee::api_docs {
namespace {

using google::protobuf::Descriptor;

const transcode::Api& api() {
  static const transcode::Api instance(embedded::marquee_descriptor_set());
  return instance;
}

void collect(const Descriptor& message, std::set<const Descriptor*>& messages) {
  if (message.file()->package().rfind("marquee.", 0) != 0) return;
  if (!messages.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->message_type() != nullptr) {
      collect(*message.field(i)->message_type(), messages);
    }
  }
}

std::set<const Descriptor*> live_messages() {
  std::set<const Descriptor*> messages;
  for (const auto* file : api().files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto& type = *file->message_type(i);
      if (type.options().HasExtension(marquee::api::live)) collect(type, messages);
    }
  }
  return messages;
}

// Of all RPCs that are not for services alone, and what sockets hear.
std::set<const Descriptor*> public_messages() {
  std::set<const Descriptor*> messages = live_messages();
  for (const auto& method : api().methods()) {
    if (method->policy->auth() == marquee::api::AUTH_INTERNAL) continue;
    collect(*method->descriptor->input_type(), messages);
    collect(*method->descriptor->output_type(), messages);
  }
  return messages;
}

TEST_CASE("every public RPC and its service have a comment") {
  for (const auto& method : api().methods()) {
    if (method->policy->auth() == marquee::api::AUTH_INTERNAL) continue;
    CAPTURE(method->full_name);
    CHECK(comment_of(*method->descriptor) != "");
    CHECK(comment_of(*method->descriptor->service()) != "");
  }
}

TEST_CASE("every message that sockets hear has a comment and says where it is published") {
  REQUIRE_FALSE(live_messages().empty());
  for (const Descriptor* message : live_messages()) {
    CAPTURE(message->full_name());
    CHECK(comment_of(*message) != "");
    const auto& options = message->options();
    if (!options.HasExtension(marquee::api::live)) continue;  // part of another
    CHECK(options.GetExtension(marquee::api::live).topics_size() != 0);
  }
}

TEST_CASE("every public field has a comment") {
  const auto messages = public_messages();
  REQUIRE(messages.size() > 30);
  for (const Descriptor* message : messages) {
    for (int i = 0; i < message->field_count(); ++i) {
      CAPTURE(message->field(i)->full_name());
      CHECK(comment_of(*message->field(i)) != "");
    }
  }
}

TEST_CASE("every value of a public enum has a comment") {
  for (const Descriptor* message : public_messages()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const auto* type = message->field(i)->enum_type();
      for (int v = 0; type != nullptr && v < type->value_count(); ++v) {
        CAPTURE(type->value(v)->full_name());
        CHECK(comment_of(*type->value(v)) != "");
      }
    }
  }
}

// A number without a unit or a range, and a text whose length nobody knows, help no client.
TEST_CASE("what a request may set says its range, its length, its form or what it names") {
  for (const auto& method : api().methods()) {
    if (method->policy->auth() == marquee::api::AUTH_INTERNAL) continue;
    const Descriptor& message = *method->descriptor->input_type();
    for (std::size_t i = 0; i < method->request->fields.size(); ++i) {
      const auto& plan = method->request->fields[i];
      FieldFacts facts = facts_of(comment_of(*message.field(static_cast<int>(i))));
      CAPTURE(message.full_name(), plan.name);
      bool number = plan.kind <= transcode::Kind::kDouble && plan.kind != transcode::Kind::kBool;
      if (number) CHECK((facts.minimum || facts.maximum || facts.example));
    }
  }
}

}  // namespace
}  // namespace marquee::api_docs
