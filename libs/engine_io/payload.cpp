#include "libs/engine_io/payload.h"

#include "libs/transcode/base64.h"

namespace marquee::engine_io {

bool PayloadReader::next(Packet& packet) {
  if (ended_ || malformed_) return false;
  std::string_view record = rest_.substr(0, rest_.find(kRecordSeparator));
  if (record.size() == rest_.size()) {
    ended_ = true;
  } else {
    rest_.remove_prefix(record.size() + 1);
  }
  if (record.starts_with('b')) {
    binary_.clear();
    if (transcode::decode_base64(record.substr(1), binary_)) {
      packet = {PacketType::kMessage, true, binary_};
      return true;
    }
  } else if (auto decoded = decode_text(record)) {
    packet = *decoded;
    return true;
  }
  malformed_ = true;
  return false;
}

void append_record(const websocket::Frame& frame, std::string& out) {
  if (!out.empty()) out += kRecordSeparator;
  if (frame.is_binary()) {
    out += 'b';
    transcode::append_base64(frame.payload(), out);
  } else {
    out += frame.payload();
  }
}

std::size_t record_bytes(const websocket::Frame& frame) {
  const std::size_t size = frame.payload().size();
  return 1 + (frame.is_binary() ? 1 + (size + 2) / 3 * 4 : size);
}

}  // namespace marquee::engine_io
