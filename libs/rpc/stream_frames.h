// The wire form of proto/marquee/api/call_stream.proto, written and read by hand since it is on the
// way of every request. What is read comes from another process and may be anything; views point
// into the bytes that were read. No state, any thread. Answers are written in server_frames.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace marquee::rpc {

struct StartFrame {
  std::uint64_t call_id = 0;
  std::string_view method;
  std::uint32_t timeout_ms = 0;
  std::string_view caller;
  std::string_view request_id;
  std::string_view traceparent;
  bool fresh = false;
  std::string_view payload;
};

// Each adds to a ClientFrames message.
void append_start(std::string& frames, const StartFrame& start);
void append_cancel(std::string& frames, std::uint64_t call_id);
void append_ping(std::string& frames, std::uint64_t ping);

// Takes a ClientFrames message apart in the order of its bytes.
class ClientFramesReader {
 public:
  enum class Item : std::uint8_t { kStart, kCancel, kPing, kFinished, kMalformed };

  explicit ClientFramesReader(std::string_view bytes) : rest_(bytes) {}

  // What comes next; its content is in the member of that name. After kFinished and kMalformed
  // comes nothing more.
  Item next();

  StartFrame start;
  std::uint64_t cancel = 0;
  std::uint64_t ping = 0;

 private:
  Item next_packed();
  Item malformed();

  std::string_view rest_;
  std::string_view packed_;  // cancels
};

struct HelloFrame {
  std::uint32_t calls_max = 0;
  std::uint32_t payload_bytes_max = 0;
  std::uint32_t collect_within_ms = 0;
};

struct EndFrame {
  std::uint64_t call_id = 0;
  std::uint32_t code = 0;
  std::string_view payload;
  std::string_view message;
  bool has_error = false;
  std::string_view error;  // an ErrorDetail
  std::string_view collect;
};

// Takes a ServerFrames message apart in the order of its bytes.
class ServerFramesReader {
 public:
  enum class Item : std::uint8_t { kEnd, kPong, kHello, kDraining, kFinished, kMalformed };

  explicit ServerFramesReader(std::string_view bytes) : rest_(bytes) {}

  // What comes next; its content is in the member of that name. After kFinished and kMalformed
  // comes nothing more.
  Item next();

  EndFrame end;
  HelloFrame hello;
  std::uint64_t pong = 0;

 private:
  std::string_view rest_;
};

}  // namespace marquee::rpc
