// Takes the chunked coding off a request body (RFC 9112, 7.1), in whatever pieces it comes. One
// object a request; knows no socket.
//
// Security posture: what another server on the way could read otherwise is refused: a line that
// ends with LF alone, blanks around a size, an extension that is not name or name=value, a folded
// or nameless trailer line. Extensions and trailers mean nothing here, are dropped and bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace marquee::gateway {

class ChunkedBody {
 public:
  enum class Progress : std::uint8_t { kNeedsMore, kDone, kMalformed, kTooLarge };

  // Appends what `bytes` hold of the body to `body`, of which there may be `body_bytes_max` in all.
  // `bytes` go on behind those that `taken` counted the last time; all of them are taken unless the
  // body ends in them or is refused.
  Progress decode(std::string_view bytes, std::size_t body_bytes_max, std::size_t& taken,
                  std::string& body);

 private:
  enum class State : std::uint8_t {
    kSize,          // before the first digit
    kMoreSize,      // behind one
    kName,          // of an extension
    kMoreName,      //
    kValue,         //
    kMoreValue,     //
    kQuoted,        // in a quoted value
    kEscaped,       // behind a backslash in one
    kAfterQuoted,   //
    kSizeLf,        // behind the CR of a chunk's first line
    kData,          //
    kDataCr,        // behind the last byte of a chunk
    kDataLf,        //
    kTrailer,       // at the beginning of a line
    kTrailerName,   //
    kTrailerValue,  //
    kTrailerLf,     //
    kEndLf,         // behind the CR of the empty line
    kDone,
    kMalformed,
  };

  State after(char c);
  State after_size(char c);
  State after_extension(char c);
  State after_trailer(char c);

  State state_ = State::kSize;
  unsigned digits_ = 0;       // of the current size
  std::uint64_t left_ = 0;    // of the current chunk
  std::size_t overhead_ = 0;  // bytes of extensions and trailers
};

}  // namespace marquee::gateway
