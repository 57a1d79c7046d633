// A call stream's client that does just what a test tells it, right or wrong, and keeps what comes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc::testing {

class RawStream {
 public:
  explicit RawStream(const std::string& target);
  // Cancels what is left.
  ~RawStream();
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  void write(const api::ClientFrames& frames);
  void write_bytes(std::string bytes);
  // No more frames from us.
  void half_close();
  // As when the client dies.
  void cancel();

  // All that came so far, merged.
  api::ServerFrames received() const;
  // How many messages it came in.
  int messages() const;
  // Waits until `condition` holds for what came; false after 10 s.
  bool wait_for(const std::function<bool(const api::ServerFrames&)>& condition);
  // The answer of a call, waited for; one with code UNKNOWN when none comes.
  api::CallEnd end_of(std::uint64_t call_id);
  // The stream's canonical code at its end, waited for; -1 when it does not end.
  int status();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::rpc::testing
