// One line of JSON a call that a service answered, in the form of libs/core/log: so that a request
// can be followed through all services. Nothing of what was asked or answered is in it, only who,
// what, how long and how it ended. Calls leave their lines in memory; a thread of the log's writes
// them, many at a time, so a slow reader of the log delays nobody: what finds no room is dropped,
// and how much that was is said. Owned by the Server; any thread.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "libs/core/error.h"
#include "libs/core/tally.h"

namespace marquee::rpc {

struct IncomingCall;

class CallLog {
 public:
  using Write = std::function<void(std::string_view lines)>;

  // `write` takes whole lines without the last end of line, on the log's own thread.
  explicit CallLog(Write write);
  // Writes what is left.
  ~CallLog();
  CallLog(const CallLog&) = delete;
  CallLog& operator=(const CallLog&) = delete;

  void add(const IncomingCall& call, const std::optional<Error>& error,
           std::chrono::steady_clock::time_point now);
  // Lines that found no room.
  std::int64_t dropped() const { return dropped_.value(); }

 private:
  static constexpr std::chrono::milliseconds kWriteEvery{100};
  static constexpr std::size_t kRowBytesMax = 512 * 1024;
  static constexpr std::size_t kRowBytesWorthIt = kRowBytesMax / 4;

  // Of a few threads (core::tally_row()), which seldom meet.
  struct alignas(64) Row {
    std::mutex mutex;
    std::string lines;
    std::size_t dropped = 0;  // since the last writing
  };
  void run();
  void write_what_is_there();

  const Write write_;
  std::array<Row, core::kTallyRows> rows_;
  core::Tally dropped_;
  std::string writing_;  // of the log's thread
  std::mutex mutex_;     // its sleep
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace marquee::rpc
