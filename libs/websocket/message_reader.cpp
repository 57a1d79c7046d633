#include "libs/websocket/message_reader.h"

#include <algorithm>
#include <cstring>

namespace marquee::websocket {
namespace {

using Event = MessageReader::Event;

constexpr std::size_t kMessageKeptBytes = 4 * 1024;
// What a frame says of its length is believed for this much memory ahead of its bytes.
constexpr std::uint64_t kReserveBytesMax = 64 * 1024;

std::uint64_t big_endian(const unsigned char* bytes, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) value = (value << 8) | bytes[i];
  return value;
}

}  // namespace

bool is_valid_close_code(unsigned code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

Event MessageReader::fault(CloseCode code, const char* what) {
  stage_ = Stage::kFault;
  code_ = code;
  what_ = what;
  return Event::kFault;
}

Event MessageReader::next(char*& p, char* end) {
  if (delivered_) {
    delivered_ = false;
    if (message_.capacity() > kMessageKeptBytes) {
      std::string().swap(message_);
    } else {
      message_.clear();
    }
  }
  for (;;) {
    if (stage_ == Stage::kFault) {
      p = end;
      return Event::kNeedsMore;
    }
    if (stage_ == Stage::kHeader) {
      if (!read_header(p, end)) return Event::kNeedsMore;
      if (Event event = begin_frame(); event == Event::kFault) return event;
    }
    const bool control = static_cast<unsigned>(opcode_) >= 8;
    Event event = control ? read_control(p, end) : read_data(p, end);
    if (event != Event::kNeedsMore) return event;
    // The frame is done (a fragment), or the bytes are.
    if (stage_ == Stage::kPayload) return Event::kNeedsMore;
  }
}

bool MessageReader::read_header(char*& p, char* end) {
  while (p != end) {
    header_[header_have_++] = static_cast<unsigned char>(*p++);
    if (header_have_ == 2) {
      const unsigned length = header_[1] & 0x7f;
      const unsigned extended = length == 127 ? 8 : length == 126 ? 2 : 0;
      header_need_ = static_cast<std::uint8_t>(2 + extended + ((header_[1] & 0x80) != 0 ? 4 : 0));
    }
    if (header_have_ == header_need_) return true;
  }
  return false;
}

Event MessageReader::begin_frame() {
  const unsigned first = header_[0];
  const unsigned length = header_[1] & 0x7f;
  if ((first & 0x70) != 0) return fault(CloseCode::kProtocolError, "a reserved bit is set");
  if ((header_[1] & 0x80) == 0) return fault(CloseCode::kProtocolError, "a frame is not masked");
  opcode_ = static_cast<Opcode>(first & 0x0f);
  final_ = (first & 0x80) != 0;
  left_ = length == 127   ? big_endian(&header_[2], 8)
          : length == 126 ? big_endian(&header_[2], 2)
                          : length;
  std::memcpy(mask_.data(), &header_[header_need_ - 4u], 4);
  done_ = 0;
  header_have_ = 0;
  header_need_ = 2;
  stage_ = Stage::kPayload;
  switch (opcode_) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
      return begin_data_frame();
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      if (!final_) return fault(CloseCode::kProtocolError, "a control frame is fragmented");
      if (left_ > kControlBytesMax) {
        return fault(CloseCode::kProtocolError, "a control frame is too long");
      }
      control_have_ = 0;
      return Event::kNeedsMore;
  }
  return fault(CloseCode::kProtocolError, "a reserved opcode");
}

Event MessageReader::begin_data_frame() {
  const bool continues = opcode_ == Opcode::kContinuation;
  if (continues && !in_message_) {
    return fault(CloseCode::kProtocolError, "nothing is there to be continued");
  }
  if (!continues) {
    if (in_message_) return fault(CloseCode::kProtocolError, "a message was not finished");
    in_message_ = true;
    binary_ = opcode_ == Opcode::kBinary;
    fragments_ = 0;
    text_.reset();
  }
  if (++fragments_ > limits_.fragments_max) {
    return fault(CloseCode::kPolicy, "a message comes in too many pieces");
  }
  if (left_ > limits_.message_bytes_max - message_.size()) {
    return fault(CloseCode::kTooBig, "a message is too large");
  }
  return Event::kNeedsMore;
}

void MessageReader::unmask(char* bytes, std::size_t size) {
  std::array<unsigned char, 8> key;  // NOLINT(*-member-init)
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = mask_[(done_ + i) & 3];
  std::uint64_t word = 0;
  std::memcpy(&word, key.data(), sizeof word);
  std::size_t i = 0;
  for (; i + sizeof word <= size; i += sizeof word) {
    std::uint64_t block = 0;
    std::memcpy(&block, bytes + i, sizeof block);
    block ^= word;
    std::memcpy(bytes + i, &block, sizeof block);
  }
  for (; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ static_cast<char>(key[i & 7]));
  done_ += size;
}

Event MessageReader::read_control(char*& p, char* end) {
  const auto size = std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(end - p));
  unmask(p, size);
  if (size != 0) std::memcpy(control_.data() + control_have_, p, size);
  control_have_ = static_cast<std::uint8_t>(control_have_ + size);
  p += size;
  left_ -= size;
  if (left_ != 0) return Event::kNeedsMore;
  stage_ = Stage::kHeader;
  data_ = {control_.data(), control_have_};
  if (opcode_ == Opcode::kClose) return close_frame();
  return opcode_ == Opcode::kPing ? Event::kPing : Event::kPong;
}

Event MessageReader::close_frame() {
  if (data_.empty()) {
    code_ = CloseCode::kNoCode;
    return Event::kClose;
  }
  if (data_.size() == 1) return fault(CloseCode::kProtocolError, "a close frame of one byte");
  const auto code =
      static_cast<unsigned>(big_endian(reinterpret_cast<const unsigned char*>(data_.data()), 2));
  if (!is_valid_close_code(code)) return fault(CloseCode::kProtocolError, "a bad close code");
  data_.remove_prefix(2);
  if (!is_utf8(data_)) return fault(CloseCode::kBadText, "a close reason that is not UTF-8");
  code_ = static_cast<CloseCode>(code);
  return Event::kClose;
}

Event MessageReader::read_data(char*& p, char* end) {
  const auto size = std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(end - p));
  std::string_view piece(p, size);
  unmask(p, size);
  p += size;
  left_ -= size;
  if (!binary_ && !text_.feed(piece)) return fault(CloseCode::kBadText, "text is not UTF-8");
  const bool done = left_ == 0;
  if (done) stage_ = Stage::kHeader;
  if (done && final_ && message_.empty()) {
    data_ = piece;
    return end_message();
  }
  if (message_.empty()) message_.reserve(size + std::min(left_, kReserveBytesMax));
  message_.append(piece);
  if (!done || !final_) return Event::kNeedsMore;
  data_ = message_;
  return end_message();
}

Event MessageReader::end_message() {
  if (!binary_ && !text_.complete()) {
    return fault(CloseCode::kBadText, "text ends within a character");
  }
  in_message_ = false;
  delivered_ = true;
  return Event::kMessage;
}

}  // namespace marquee::websocket
