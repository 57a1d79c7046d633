// Takes apart what a WebSocket client sends: bytes in, messages and control frames out. Knows no
// socket and copies a message only when it came in pieces, so that an idle connection holds no
// buffer. Owned by a connection, used by its thread.
//
//   for (char* p = bytes; (event = reader.next(p, end)) != Event::kNeedsMore;) ...
//
// Security posture: hostile bytes. Frames must be masked, without reserved bits, control frames
// short and whole; text must be UTF-8, noticed where it ends to be; the size of a message, and the
// number of frames it comes in, are bounded. After a fault nothing more is read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/websocket/frame.h"
#include "libs/websocket/utf8_check.h"

namespace marquee::websocket {

class MessageReader {
 public:
  struct Limits {
    std::size_t message_bytes_max = 1024 * 1024;
    std::size_t fragments_max = 1024;
  };
  enum class Event : std::uint8_t { kNeedsMore, kMessage, kPing, kPong, kClose, kFault };

  explicit MessageReader(const Limits& limits) : limits_(limits) {}

  // Reads on at `p`, which it moves, and unmasks in place. What it says holds until the next call.
  Event next(char*& p, char* end);

  // The message, or a control frame's payload (of kClose: the reason).
  std::string_view data() const { return data_; }
  bool is_binary() const { return binary_; }
  // Of kClose what the peer said, of kFault what it is to be told.
  CloseCode code() const { return code_; }
  // Of kFault, for people.
  const char* what() const { return what_; }

 private:
  enum class Stage : std::uint8_t { kHeader, kPayload, kFault };

  bool read_header(char*& p, char* end);
  Event begin_frame();
  Event begin_data_frame();
  Event read_control(char*& p, char* end);
  Event read_data(char*& p, char* end);
  Event end_message();
  Event close_frame();
  Event fault(CloseCode code, const char* what);
  void unmask(char* bytes, std::size_t size);

  const Limits limits_;
  Stage stage_ = Stage::kHeader;
  std::array<unsigned char, 14> header_{};
  std::uint8_t header_have_ = 0;
  std::uint8_t header_need_ = 2;
  // Of the frame:
  Opcode opcode_ = Opcode::kContinuation;
  bool final_ = false;
  std::array<unsigned char, 4> mask_{};
  std::uint64_t left_ = 0;
  std::uint64_t done_ = 0;
  // Of the message:
  bool in_message_ = false;
  bool binary_ = false;
  bool delivered_ = false;  // message_ was shown and is to be forgotten
  std::size_t fragments_ = 0;
  std::string message_;
  Utf8Check text_;
  std::uint8_t control_have_ = 0;
  std::array<char, kControlBytesMax> control_{};
  std::string_view data_;
  CloseCode code_ = CloseCode::kNormal;
  const char* what_ = "";
};

// Whether a peer may send it.
bool is_valid_close_code(unsigned code);

}  // namespace marquee::websocket
