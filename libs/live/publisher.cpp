#include "libs/live/publisher.h"

#include <stdexcept>
#include <string>

#include "libs/live/subjects.h"
#include "marquee/api/event.pb.h"
#include "marquee/api/live.pb.h"

namespace marquee::live {
namespace {

constexpr int kSettleMs = 250;

}  // namespace

void Publisher::publish(std::string_view topic, const google::protobuf::Message& message) {
  const auto& type = *message.GetDescriptor();
  const auto& options = type.options().GetExtension(api::live);
  if (options.events().empty()) {
    throw std::logic_error(type.full_name() + " has no marquee.api.live option");
  }
  if (topic.empty() || topic.size() > kTopicBytesMax) return;
  api::LiveMessage envelope;
  envelope.set_topic(std::string(topic));
  envelope.set_type(std::string(type.full_name()));
  message.SerializeToString(envelope.mutable_payload());
  const bool kept = options.delivery() == api::DELIVERY_LOG;
  bus_.publish(kept ? kept_subject(topic) : heard_subject(topic), envelope.SerializeAsString());
}

void Publisher::settle() {
  if (bus_.connected()) bus_.flush(kSettleMs);
}

}  // namespace marquee::live
