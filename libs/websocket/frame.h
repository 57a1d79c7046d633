// One WebSocket frame from server to client, ready for the wire: its header and its payload in one
// piece of memory. Built once, never changed, and shared by every connection that it goes to
// (frames of a server are not masked, so that all receivers get the same bytes). Any thread; freed
// by the last who holds it. What always goes together may be joined into one, which saves each
// connection the work of many.
//
//   FramePtr frame = Frame::text({"42[\"tick\",", number, "]"});
//   connection.send(frame);
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace marquee::websocket {

enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// What a close frame says (RFC 6455, 7.4; 44xx are ours).
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupported = 1003,
  kNoCode = 1005,          // never on the wire: the frame had none
  kConnectionLost = 1006,  // never on the wire: no frame came
  kBadText = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternalError = 1011,
  kRestart = 1012,
  kTryLater = 1013,
  kSignedOut = 4401,
  kSlow = 4408,
};

inline constexpr std::size_t kControlBytesMax = 125;

class Frame;
using FramePtr = boost::intrusive_ptr<const Frame>;

class Frame {
 public:
  using Parts = std::initializer_list<std::string_view>;

  // The payload is the parts, one behind the other.
  static FramePtr make(Opcode opcode, Parts parts);
  static FramePtr text(Parts parts) { return make(Opcode::kText, parts); }
  static FramePtr binary(std::string_view payload) { return make(Opcode::kBinary, {payload}); }
  // `reason` is cut to what fits. kNoCode: an empty frame.
  static FramePtr close(CloseCode code, std::string_view reason);
  // Frames that go out one behind the other, as one: at least one, none of them joined itself
  // unless it is the only one.
  static FramePtr join(std::span<const FramePtr> frames);

  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  std::string_view wire() const { return {bytes(), header_bytes_ + payload_bytes_}; }
  std::string_view payload() const { return {bytes() + header_bytes_, payload_bytes_}; }
  Opcode opcode() const { return opcode_; }
  bool is_binary() const { return opcode_ == Opcode::kBinary; }
  // Of a joined one, whose payload is its whole wire; else none.
  std::span<const FramePtr> parts() const { return parts_; }

 private:
  Frame(Opcode opcode, std::size_t payload_bytes);
  explicit Frame(std::span<const FramePtr> parts, std::size_t bytes);
  static void* allocate(std::size_t bytes);
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  char* bytes() { return reinterpret_cast<char*>(this + 1); }

  friend void intrusive_ptr_add_ref(const Frame* frame) {
    frame->references_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const Frame* frame);

  mutable std::atomic<std::uint32_t> references_{0};
  Opcode opcode_;
  std::uint8_t header_bytes_ = 0;
  std::size_t payload_bytes_;
  std::vector<FramePtr> parts_;
};

}  // namespace marquee::websocket
