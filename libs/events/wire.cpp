#include "libs/events/wire.h"

#include "libs/core/ids.h"
#include "marquee/events/v1/envelope.pb.h"

namespace marquee::events {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kNanosOfMicro = 1'000;

}  // namespace

std::string encode(const StoredEvent& event) {
  v1::Envelope envelope;
  envelope.set_id(event.id);
  envelope.set_type(event.type);
  envelope.set_subject(event.subject);
  envelope.mutable_occurred_at()->set_seconds(event.occurred_at_us / kMicros);
  envelope.mutable_occurred_at()->set_nanos(
      static_cast<std::int32_t>(event.occurred_at_us % kMicros * kNanosOfMicro));
  envelope.set_traceparent(event.traceparent);
  envelope.set_payload(event.payload);
  return envelope.SerializeAsString();
}

std::optional<StoredEvent> decode(std::string_view bytes) {
  v1::Envelope envelope;
  if (!envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !is_uuid(envelope.id()) || envelope.type().empty()) {
    return std::nullopt;
  }
  StoredEvent event;
  event.id = envelope.id();
  event.type = envelope.type();
  event.subject = envelope.subject();
  event.occurred_at_us =
      envelope.occurred_at().seconds() * kMicros + envelope.occurred_at().nanos() / kNanosOfMicro;
  event.traceparent = envelope.traceparent();
  event.payload = std::move(*envelope.mutable_payload());
  return event;
}

}  // namespace marquee::events
