// Answers on their way out of one connection: what is ready is gathered and leaves in one write,
// heads and small bodies in one piece of text, larger and shared bodies from where they are. Owned
// by the connection, touched by its thread alone.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

#include "gateway/exchange.h"

namespace marquee::gateway {

class AnswerBatch {
 public:
  // Takes the answer out of `x`, but of one that is streamed the head alone. `keep_alive`: what
  // Connection says.
  void add(Exchange& x, bool keep_alive, bool http_1_0);
  void add_text(std::string_view text);

  bool empty() const { return pieces_.empty() && text_.empty(); }
  // Enough to be written before more is added.
  bool full() const { return bytes_ >= kFullBytes || pieces_.size() >= kFullPieces; }

  enum class Written { kAll, kSome, kBroken };
  // Writes what `socket`, which does not block, takes now.
  Written write_to(int socket);
  // For other ways to write: where what is not written lies, in order.
  struct Left;
  Left left() const;
  // The first `size` bytes of what `left` said are written; at the end of it, all is forgotten.
  void wrote(std::size_t size, const Left& left);
  // Forgets what is not written.
  void clear();
  // Of an empty batch: gives back memory.
  void release();

 private:
  static constexpr std::size_t kFullBytes = 256 * 1024;
  static constexpr std::size_t kFullPieces = 30;
  static constexpr std::size_t kCopiedBytesMax = 2 * 1024;
  static constexpr std::size_t kKeptBytes = 4 * 1024;

  // A body that follows the text up to `after`.
  struct Piece {
    std::size_t after = 0;
    std::string own;
    std::shared_ptr<const std::string> shared;
    std::string_view bytes() const { return shared ? std::string_view(*shared) : own; }
  };

  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;
  std::size_t written_ = 0;
};

struct AnswerBatch::Left {
  std::array<iovec, 2 * kFullPieces + 3> parts;  // the first `count` of them
  std::size_t count = 0;
  std::size_t bytes = 0;
};

}  // namespace marquee::gateway
