#include "gateway/hub/live_types.h"

#include <google/protobuf/descriptor.h>

#include "marquee/api/event.pb.h"

namespace marquee::gateway {
namespace {

using websocket::Delivery;

Delivery::Kind kind_of(marquee::api::Delivery delivery) {
  switch (delivery) {
    case marquee::api::DELIVERY_STATE:
      return Delivery::Kind::kState;
    case marquee::api::DELIVERY_VOLATILE:
      return Delivery::Kind::kVolatile;
    default:
      return Delivery::Kind::kLog;
  }
}

}  // namespace

LiveTypes::LiveTypes(const transcode::Api& api) {
  for (const auto* file : api.files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto& message = *file->message_type(i);
      const auto& live = message.options().GetExtension(marquee::api::live);
      if (live.events().empty()) continue;
      std::string name(message.full_name());
      LiveType type;
      type.message = api.find_message(name);
      type.events.assign(live.events().begin(), live.events().end());
      type.delivery = kind_of(live.delivery());
      types_.emplace(std::move(name), std::move(type));
    }
  }
}

}  // namespace marquee::gateway
