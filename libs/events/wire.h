// An event as this process holds it, and as it travels: a message is one
// (marquee.events.v1.Envelope) or many (Envelopes). What comes in may be of a later version:
// unknown fields are skipped, unknown types are the consumer's matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::events {

struct StoredEvent {
  std::string id;
  std::string type;
  std::int64_t subject = 0;
  std::int64_t occurred_at_us = 0;  // since 1970
  std::string traceparent;
  std::string payload;
};

std::string encode(const StoredEvent& event);
// All in one message; at least two.
std::string encode(const std::vector<StoredEvent>& events);
// Unset when it is no single envelope with a UUID and a type.
std::optional<StoredEvent> decode(std::string_view bytes);
// What a message holds; nothing when not all of it can be read.
std::vector<StoredEvent> decode_all(std::string_view bytes);

}  // namespace marquee::events
