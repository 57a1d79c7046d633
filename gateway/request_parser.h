// Takes an HTTP/1.1 request apart where it lies, without a copy: what the head says are views into
// the bytes that were given. One object a connection, used for one request after the other; knows
// no socket.
//
// Security posture: everything is hostile. The grammar of a head is Beast's parser; on top of it,
// what Beast lets pass and another server on the way could read otherwise is refused: several Host
// lines, lengths that are ambiguous, folded header lines. The size of the head is bounded, of the
// body too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/chunked_body.h"
#include "gateway/request_head.h"

namespace marquee::gateway {

enum class Refusal : std::uint8_t {
  kNone,
  kMalformed,
  kVersion,
  kHost,    // not exactly one
  kLength,  // two servers could read it differently
  kHeadTooLarge,
  kBodyTooLarge,
};

class RequestParser {
 public:
  explicit RequestParser(std::size_t head_bytes_max);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  enum class Progress : std::uint8_t { kNeedsMore, kDone, kRefused };

  // Forgets the last request.
  void reset();

  // `bytes`: all that has come of the request, from its first byte. Call again with more of the
  // same, at the same address unless moved() was called.
  Progress parse_head(std::string_view bytes);
  // The bytes were copied from `from` to `to`, and are still in both places.
  void moved(const char* from, const char* to);

  // After kRefused.
  Refusal refusal() const { return refusal_; }
  // After the head:
  const RequestHead& head() const;
  std::size_t head_bytes() const { return parsed_; }
  bool http_1_0() const;
  bool keep_alive() const;
  bool chunked() const;
  // Whether its Connection names Upgrade.
  bool upgrade() const;
  std::uint64_t content_length() const;  // 0 without a body

  // Appends what `bytes` hold of a chunked body of at most `body_bytes_max` to `body`. They go on
  // behind those that `taken` counted the last time.
  Progress parse_chunks(std::string_view bytes, std::size_t body_bytes_max, std::size_t& taken,
                        std::string& body);

 private:
  class Grammar;  // Beast's parser with our hooks
  Progress refuse(Refusal refusal);

  const std::size_t head_bytes_max_;
  // In place of an allocation a request.
  static constexpr std::size_t kGrammarBytes = 576;
  alignas(std::max_align_t) unsigned char storage_[kGrammarBytes];
  Grammar* grammar_ = nullptr;
  std::size_t parsed_ = 0;
  ChunkedBody chunks_;
  Refusal refusal_ = Refusal::kNone;
};

}  // namespace marquee::gateway
