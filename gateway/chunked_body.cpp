#include "gateway/chunked_body.h"

#include <algorithm>

namespace marquee::gateway {
namespace {

constexpr unsigned kSizeDigitsMax = 15;  // a size fits 60 bits
constexpr std::size_t kOverheadBytesMax = 8 * 1024;

// -1 for what is no hexadecimal digit.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_token(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_text(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}

}  // namespace

ChunkedBody::State ChunkedBody::after_size(char c) {
  if (int value = hex_value(c); value >= 0) {
    if (++digits_ > kSizeDigitsMax) return State::kMalformed;
    left_ = left_ * 16 + static_cast<unsigned>(value);
    return State::kMoreSize;
  }
  if (state_ == State::kSize) return State::kMalformed;
  if (c == '\r') return State::kSizeLf;
  return c == ';' ? State::kName : State::kMalformed;
}

ChunkedBody::State ChunkedBody::after_extension(char c) {
  switch (state_) {
    case State::kName:
      return is_token(c) ? State::kMoreName : State::kMalformed;
    case State::kMoreName:
      if (is_token(c)) return state_;
      if (c == '=') return State::kValue;
      break;
    case State::kValue:
      if (c == '"') return State::kQuoted;
      return is_token(c) ? State::kMoreValue : State::kMalformed;
    case State::kMoreValue:
      if (is_token(c)) return state_;
      break;
    case State::kQuoted:
      if (c == '"') return State::kAfterQuoted;
      if (c == '\\') return State::kEscaped;
      return is_text(c) ? state_ : State::kMalformed;
    case State::kEscaped:
      return is_text(c) ? State::kQuoted : State::kMalformed;
    default:
      break;
  }
  if (c == ';') return State::kName;
  return c == '\r' ? State::kSizeLf : State::kMalformed;
}

ChunkedBody::State ChunkedBody::after_trailer(char c) {
  switch (state_) {
    case State::kTrailer:
      if (c == '\r') return State::kEndLf;
      return is_token(c) ? State::kTrailerName : State::kMalformed;
    case State::kTrailerName:
      if (c == ':') return State::kTrailerValue;
      return is_token(c) ? state_ : State::kMalformed;
    case State::kTrailerValue:
      if (c == '\r') return State::kTrailerLf;
      return is_text(c) ? state_ : State::kMalformed;
    case State::kTrailerLf:
      return c == '\n' ? State::kTrailer : State::kMalformed;
    default:
      return c == '\n' ? State::kDone : State::kMalformed;
  }
}

// Where one byte outside of a chunk's data leads.
ChunkedBody::State ChunkedBody::after(char c) {
  switch (state_) {
    case State::kSize:
    case State::kMoreSize:
      return after_size(c);
    case State::kSizeLf:
      if (c != '\n') return State::kMalformed;
      return left_ == 0 ? State::kTrailer : State::kData;
    case State::kDataCr:
      return c == '\r' ? State::kDataLf : State::kMalformed;
    case State::kDataLf:
      digits_ = 0;
      return c == '\n' ? State::kSize : State::kMalformed;
    case State::kTrailer:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerLf:
    case State::kEndLf:
      ++overhead_;
      return after_trailer(c);
    default:
      ++overhead_;
      return after_extension(c);
  }
}

ChunkedBody::Progress ChunkedBody::decode(std::string_view bytes, std::size_t body_bytes_max,
                                          std::size_t& taken, std::string& body) {
  taken = 0;
  while (taken < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t size = std::min<std::uint64_t>(left_, bytes.size() - taken);
      body.append(bytes.substr(taken, size));
      taken += size;
      left_ -= size;
      if (left_ == 0) state_ = State::kDataCr;
      continue;
    }
    state_ = after(bytes[taken]);
    if (state_ == State::kMalformed || overhead_ > kOverheadBytesMax) {
      state_ = State::kMalformed;
      return Progress::kMalformed;
    }
    ++taken;
    // As it is announced, so that nobody sends in vain.
    if (state_ == State::kData && left_ > body_bytes_max - std::min(body_bytes_max, body.size())) {
      state_ = State::kMalformed;
      return Progress::kTooLarge;
    }
  }
  return state_ == State::kDone ? Progress::kDone : Progress::kNeedsMore;
}

}  // namespace marquee::gateway
