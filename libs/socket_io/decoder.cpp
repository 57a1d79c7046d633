#include "libs/socket_io/decoder.h"

namespace marquee::socket_io {

Decoder::Progress Decoder::take(std::string_view message, bool binary) {
  if (binary) return take_attachment(message);
  // Nothing else may come between a packet and its attachments.
  if (waiting_) return Progress::kFault;
  attachments_.clear();
  auto packet = decode(message, limits_.packet);
  if (!packet) return Progress::kFault;
  packet_ = *packet;
  if (packet_.attachments == 0) return Progress::kPacket;
  text_ = message;
  packet_ = *decode(text_, limits_.packet);
  bytes_ = 0;
  waiting_ = true;
  return Progress::kNeedsMore;
}

Decoder::Progress Decoder::take_attachment(std::string_view bytes) {
  if (!waiting_) return Progress::kFault;
  bytes_ += bytes.size();
  if (bytes_ > limits_.attachment_bytes_max) return Progress::kFault;
  attachments_.emplace_back(bytes);
  if (attachments_.size() < packet_.attachments) return Progress::kNeedsMore;
  waiting_ = false;
  return Progress::kPacket;
}

}  // namespace marquee::socket_io
