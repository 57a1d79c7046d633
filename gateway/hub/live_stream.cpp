#include "gateway/hub/live_stream.h"

#include "libs/live/subjects.h"

namespace marquee::gateway {
namespace {

constexpr std::size_t kPerTopic = 1'000;
// Where it is emptied: as much more as may come until somebody looks.
constexpr std::int64_t kRoom = 8;

}  // namespace

bus::StreamConfig LiveStream::config() const {
  bus::StreamConfig stream;
  stream.name = kName;
  stream.subject = live::kKeptSubjects;
  stream.sent_on_to = live::kHeardSubjects;
  stream.replicas = limits_.replicas;
  // In memory, NATS 2.9 walks through all that a stream holds to find a topic's last message,
  // for each that it sends on. In files it would outlive what a restart loses.
  stream.in_memory = false;
  stream.of_one_run = true;
  stream.per_subject_max = kPerTopic;
  stream.max_age = empties_ ? std::chrono::seconds(0) : limits_.time;
  stream.bytes_max = empties_ ? kRoom * limits_.bytes : limits_.bytes;
  return stream;
}

// One that is there is never given limits that its server keeps at too high a price, not for a
// moment; of one that is not there the server says nothing, and it is asked again.
void LiveStream::ensure() {
  empties_ = !jetstream_->removes_cheaply(kName);
  jetstream_->ensure_stream(config());
  if (!empties_ || !jetstream_->removes_cheaply(kName)) return;
  empties_ = false;
  jetstream_->ensure_stream(config());
}

bus::StreamState LiveStream::open() {
  try {
    if (!jetstream_) {
      jetstream_.emplace(*bus_);
      ensure();
    }
    return jetstream_->state(kName);
  } catch (...) {
    jetstream_.reset();
    throw;
  }
}

void LiveStream::tidy(const bus::StreamState& state) {
  if (!empties_ || state.first > state.last) return;
  const bool large = state.bytes > static_cast<std::uint64_t>(limits_.bytes);
  const bool old = state.oldest < std::chrono::system_clock::now() - limits_.time;
  if (large || old) jetstream_->purge(kName);
}

void LiveStream::begin_run(const std::string& run) {
  open();
  jetstream_->begin_run(kName, run);
}

std::optional<bus::KeptMessage> LiveStream::next(const std::string& topic, std::uint64_t from) {
  if (!jetstream_) open();
  return jetstream_->message_at(kName, live::kept_subject(topic), from);
}

}  // namespace marquee::gateway
