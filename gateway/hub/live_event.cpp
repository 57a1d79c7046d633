#include "gateway/hub/live_event.h"

#include <functional>

#include "libs/core/log.h"
#include "libs/socket_io/frames.h"
#include "libs/transcode/reply_writer.h"
#include "marquee/api/live.pb.h"

namespace marquee::gateway {

using websocket::Frame;
using websocket::FramePtr;

std::string json_text(std::string_view text) {
  std::string out;
  if (!transcode::append_json_string(text, out)) out = "\"\"";
  return out;
}

FramePtr native_event(std::string_view event, std::string_view json) {
  return Frame::text({R"({"event":)", json_text(event), R"(,"data":)", json, "}"});
}

std::shared_ptr<const LiveEvent> LiveEvent::read(const LiveTypes& types, std::string_view message,
                                                 std::uint64_t sequence) {
  marquee::api::LiveMessage envelope;
  const LiveType* type = nullptr;
  if (envelope.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    type = types.find(envelope.type());
  }
  if (type == nullptr) {
    log::warn("unreadable live message", {{"type", envelope.type()}});
    return nullptr;
  }
  auto event = std::shared_ptr<LiveEvent>(new LiveEvent());
  transcode::ReplyMarks marks;
  if (!transcode::write_reply(*type->message, envelope.payload(), {}, event->json_, marks)) {
    log::warn("a live message cannot be written as JSON", {{"type", envelope.type()}});
    return nullptr;
  }
  event->topic_ = std::move(*envelope.mutable_topic());
  event->events_ = type->events;
  event->sequence_ = sequence;
  event->delivery_.kind = type->delivery;
  // One state a type and topic.
  event->delivery_.key = std::hash<std::string>()(envelope.type() + '\n' + event->topic_);
  return event;
}

std::shared_ptr<const LiveEvent> LiveEvent::make(std::string topic, std::string event,
                                                 std::string json) {
  auto made = std::shared_ptr<LiveEvent>(new LiveEvent());
  made->topic_ = std::move(topic);
  made->events_.push_back(std::move(event));
  made->json_ = std::move(json);
  return made;
}

std::shared_ptr<const LiveEvent> LiveEvent::together(
    std::span<const std::shared_ptr<const LiveEvent>> events) {
  auto made = std::shared_ptr<LiveEvent>(new LiveEvent());
  made->topic_ = events.front()->topic_;
  made->sequence_ = events.back()->sequence_;
  made->parts_.assign(events.begin(), events.end());
  return made;
}

const FramePtr& LiveEvent::native() const {
  std::call_once(native_.once, [this] { native_.frame = joined(&LiveEvent::native_frames); });
  return native_.frame;
}

const FramePtr& LiveEvent::socket_io() const {
  std::call_once(socket_io_.once,
                 [this] { socket_io_.frame = joined(&LiveEvent::socket_io_frames); });
  return socket_io_.frame;
}

FramePtr LiveEvent::joined(Frames (LiveEvent::*frames_of)() const) const {
  if (parts_.empty()) return Frame::join((this->*frames_of)());
  Frames all;
  for (const auto& part : parts_) {
    for (auto& frame : (part.get()->*frames_of)()) all.push_back(std::move(frame));
  }
  return Frame::join(all);
}

LiveEvent::Frames LiveEvent::native_frames() const {
  Frames frames;
  std::string tail;
  if (sequence_ != 0) {
    tail = R"(,"stream":)" + json_text(topic_) + R"(,"offset":)" + std::to_string(sequence_);
  }
  for (const auto& name : events_) {
    frames.push_back(
        Frame::text({R"({"event":)", json_text(name), R"(,"data":)", json_, tail, "}"}));
  }
  return frames;
}

LiveEvent::Frames LiveEvent::socket_io_frames() const {
  Frames frames;
  for (const auto& name : events_) {
    frames.push_back(socket_io::frame_of({.event = name, .data = json_}));
  }
  if (sequence_ != 0) {
    const std::string offset = json_text(std::to_string(sequence_));
    frames.push_back(socket_io::frame_of({.event = kOffsetEvent, .data = offset}));
  }
  return frames;
}

}  // namespace marquee::gateway
