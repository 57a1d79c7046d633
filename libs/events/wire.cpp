#include "libs/events/wire.h"

#include "libs/core/ids.h"
#include "marquee/events/v1/envelope.pb.h"

namespace marquee::events {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kNanosOfMicro = 1'000;

void write(const StoredEvent& event, v1::Envelope& envelope) {
  envelope.set_id(event.id);
  envelope.set_type(event.type);
  envelope.set_subject(event.subject);
  envelope.mutable_occurred_at()->set_seconds(event.occurred_at_us / kMicros);
  envelope.mutable_occurred_at()->set_nanos(
      static_cast<std::int32_t>(event.occurred_at_us % kMicros * kNanosOfMicro));
  envelope.set_traceparent(event.traceparent);
  envelope.set_payload(event.payload);
}

std::optional<StoredEvent> read(v1::Envelope& envelope) {
  if (!is_uuid(envelope.id()) || envelope.type().empty()) return std::nullopt;
  StoredEvent event;
  event.id = std::move(*envelope.mutable_id());
  event.type = std::move(*envelope.mutable_type());
  event.subject = envelope.subject();
  event.occurred_at_us =
      envelope.occurred_at().seconds() * kMicros + envelope.occurred_at().nanos() / kNanosOfMicro;
  event.traceparent = std::move(*envelope.mutable_traceparent());
  event.payload = std::move(*envelope.mutable_payload());
  return event;
}

template <typename Message>
bool parse(std::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::string encode(const StoredEvent& event) {
  v1::Envelope envelope;
  write(event, envelope);
  return envelope.SerializeAsString();
}

std::string encode(const std::vector<StoredEvent>& events) {
  v1::Envelopes all;
  for (const StoredEvent& event : events) write(event, *all.add_envelopes());
  return all.SerializeAsString();
}

std::optional<StoredEvent> decode(std::string_view bytes) {
  v1::Envelope envelope;
  if (!parse(bytes, envelope)) return std::nullopt;
  return read(envelope);
}

std::vector<StoredEvent> decode_all(std::string_view bytes) {
  std::vector<StoredEvent> events;
  v1::Envelopes all;
  if (!parse(bytes, all)) return events;
  if (all.envelopes().empty()) {
    if (auto one = decode(bytes)) events.push_back(std::move(*one));
    return events;
  }
  for (auto& envelope : *all.mutable_envelopes()) {
    auto event = read(envelope);
    if (!event) return {};
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace marquee::events
