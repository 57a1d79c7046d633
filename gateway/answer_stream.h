// The body of an answer that comes in pieces while it is written. Owned by the connection, touched
// by its thread alone.
#pragma once

#include <string>

#include "gateway/asio.h"

namespace marquee::gateway {

class AnswerStream {
 public:
  // A piece has been appended, the body is whole, or it never will be.
  enum class Next : std::uint8_t { kPiece, kEnd, kBroken };

  virtual ~AnswerStream() = default;
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;

  virtual net::awaitable<Next> next(std::string& piece) = 0;

 protected:
  AnswerStream() = default;
};

}  // namespace marquee::gateway
