#include "libs/websocket/frame.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace marquee::websocket {
namespace {

constexpr unsigned kFinal = 0x80;
constexpr std::size_t kShortMax = 125;
constexpr std::size_t kMediumMax = 0xffff;

char* put_big_endian(char* at, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    *at++ = static_cast<char>(value >> shift);
  }
  return at;
}

}  // namespace

Frame::Frame(Opcode opcode, std::size_t payload_bytes)
    : opcode_(opcode), payload_bytes_(payload_bytes) {
  char* at = bytes();
  *at++ = static_cast<char>(kFinal | static_cast<unsigned>(opcode));
  if (payload_bytes <= kShortMax) {
    *at++ = static_cast<char>(payload_bytes);
  } else if (payload_bytes <= kMediumMax) {
    *at++ = 126;
    at = put_big_endian(at, payload_bytes, 2);
  } else {
    *at++ = 127;
    at = put_big_endian(at, payload_bytes, 8);
  }
  header_bytes_ = static_cast<std::uint8_t>(at - bytes());
}

Frame::Frame(std::span<const FramePtr> parts, std::size_t bytes)
    : opcode_(parts.front()->opcode()), payload_bytes_(bytes), parts_(parts.begin(), parts.end()) {}

void* Frame::allocate(std::size_t bytes) {
  return ::operator new(sizeof(Frame) + bytes);
}

FramePtr Frame::join(std::span<const FramePtr> frames) {
  if (frames.size() == 1) return frames.front();
  std::size_t size = 0;
  for (const FramePtr& frame : frames) size += frame->wire().size();
  auto* joined = new (allocate(size)) Frame(frames, size);
  char* at = joined->bytes();
  for (const FramePtr& frame : frames) {
    at = std::copy(frame->wire().begin(), frame->wire().end(), at);
  }
  return FramePtr(joined);
}

FramePtr Frame::make(Opcode opcode, Parts parts) {
  constexpr std::size_t kHeaderBytesMax = 10;
  std::size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  auto* frame = new (allocate(kHeaderBytesMax + size)) Frame(opcode, size);
  char* at = frame->bytes() + frame->header_bytes_;
  for (std::string_view part : parts) {
    if (part.empty()) continue;
    std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  return FramePtr(frame);
}

FramePtr Frame::close(CloseCode code, std::string_view reason) {
  if (code == CloseCode::kNoCode) return make(Opcode::kClose, {});
  std::array<char, 2> number{};
  put_big_endian(number.data(), static_cast<std::uint16_t>(code), 2);
  reason = reason.substr(0, kControlBytesMax - number.size());
  return make(Opcode::kClose, {std::string_view(number.data(), number.size()), reason});
}

void intrusive_ptr_release(const Frame* frame) {
  if (frame->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  frame->~Frame();
  ::operator delete(const_cast<Frame*>(frame));
}

}  // namespace marquee::websocket
