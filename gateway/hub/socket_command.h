// What a socket asks for, as its wire has read it. (No aggregates, these two: g++ 12 frees those
// twice when coroutines are called with them.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace marquee::gateway {

// From where a client wants to go on that was away.
struct ResumePoint {
  ResumePoint() = default;
  ResumePoint(std::string its_epoch, std::uint64_t its_offset)
      : epoch(std::move(its_epoch)), offset(its_offset) {}
  std::string epoch;
  std::uint64_t offset = 0;
};

struct SocketCommand {
  SocketCommand() = default;
  std::string event;
  std::string data;  // JSON
  std::string id;    // as the wire has it; empty: no answer is wanted
  std::optional<ResumePoint> resume;
};

}  // namespace marquee::gateway
