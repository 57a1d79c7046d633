// Any bytes as what comes on a connection: read at once and in pieces (the first byte says how
// large), the outcome must be the same, and every view must lie in the bytes.
#include "gateway/request_parser.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/require.h"

using marquee::fuzz::require;
using marquee::gateway::Refusal;
using marquee::gateway::RequestHead;
using marquee::gateway::RequestParser;
using Progress = RequestParser::Progress;

namespace {

constexpr std::size_t kHeadBytesMax = 2048;
constexpr std::size_t kBodyBytesMax = 4096;

struct Outcome {
  Progress progress = Progress::kNeedsMore;
  Refusal refusal = Refusal::kNone;
  std::vector<std::string> head;
  std::string body;
  std::size_t used = 0;

  bool operator==(const Outcome&) const = default;
};

std::vector<std::string_view> views_of(const RequestHead& head) {
  return {head.method,           head.target,         head.host,
          head.authorization,    head.cookie,         head.origin,
          head.referer,          head.sec_fetch_site, head.if_none_match,
          head.accept_encoding,  head.content_type,   head.forwarded_for,
          head.request_id,       head.traceparent,    head.preflight_method,
          head.expect,           head.upgrade,        head.websocket_key,
          head.websocket_version};
}

// Each piece makes the bytes move to memory of exactly their size.
class Bytes {
 public:
  std::string_view add(std::string_view piece, RequestParser& parser) {
    auto moved = std::make_unique<char[]>(size_ + piece.size());
    if (size_ != 0) std::memcpy(moved.get(), bytes_.get(), size_);
    std::memcpy(moved.get() + size_, piece.data(), piece.size());
    parser.moved(bytes_.get(), moved.get());
    bytes_ = std::move(moved);
    size_ += piece.size();
    return {bytes_.get(), size_};
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

void read_body(RequestParser& parser, std::string_view rest, std::size_t step, Outcome& outcome) {
  outcome.progress = Progress::kNeedsMore;
  std::string left;
  for (std::size_t at = 0; at < rest.size() && outcome.progress == Progress::kNeedsMore;
       at += step) {
    left += rest.substr(at, step);
    std::size_t taken = 0;
    outcome.progress = parser.parse_chunks(left, kBodyBytesMax, taken, outcome.body);
    require(taken <= left.size(), "no more is taken than there is");
    left.erase(0, taken);
    outcome.used += taken;
  }
  require(outcome.body.size() <= kBodyBytesMax, "a body is bounded");
  if (outcome.progress != Progress::kDone) {
    // How far a broken or unfinished body was taken may depend on its pieces.
    outcome.body.clear();
    outcome.used = 0;
  }
}

Outcome read(std::string_view input, std::size_t step) {
  RequestParser parser(kHeadBytesMax);
  Bytes bytes;
  Outcome outcome;
  std::string_view whole;
  std::size_t at = 0;
  while (at < input.size() && outcome.progress == Progress::kNeedsMore) {
    whole = bytes.add(input.substr(at, step), parser);
    at = whole.size();
    outcome.progress = parser.parse_head(whole);
  }
  if (outcome.progress == Progress::kDone) {
    const std::size_t size = parser.head_bytes();
    require(size <= kHeadBytesMax, "a head is bounded");
    require(size >= 4 && whole.substr(size - 2, 2) == "\r\n", "a head ends with an empty line");
    for (std::string_view text : views_of(parser.head())) {
      bool inside = text.empty() || (text.data() >= whole.data() &&
                                     text.data() + text.size() <= whole.data() + size);
      require(inside, "a view lies in the head");
      require(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
              "a value is one line");
      outcome.head.emplace_back(text);
    }
    require(!parser.chunked() || parser.content_length() == 0, "a length is clear");
    parser.keep_alive();
    outcome.used = size;
    if (parser.chunked()) read_body(parser, input.substr(size), step, outcome);
  }
  if (outcome.progress == Progress::kRefused) {
    outcome.refusal = parser.refusal();
    require(outcome.refusal != Refusal::kNone, "a refusal has a reason");
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 64 + 1u;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome at_once = read(input, input.size() + 1);
  Outcome in_pieces = read(input, step);
  if (at_once.progress == Progress::kRefused) {
    // In pieces it may take until the end of the head to be noticed.
    require(in_pieces.progress != Progress::kDone, "pieces do not make it right");
  } else {
    require(at_once.progress == in_pieces.progress, "pieces do not matter");
  }
  if (at_once.progress == Progress::kDone) {
    require(at_once == in_pieces, "pieces do not change what was read");
  }
  return 0;
}
