// How an answer is written whose body comes in pieces: in chunks, or to an HTTP/1.0 client until
// the connection ends. A body that breaks off ends without its last chunk.
#include <array>
#include <charconv>

#include "gateway/response_head.h"
#include "gateway/session.h"

namespace marquee::gateway {

net::awaitable<bool> Session::write_stream() {
  Exchange& x = *exchange_;
  const bool chunked = !parser_.http_1_0();
  const bool keep_alive = chunked && keeps_alive();
  batch_.add(x, keep_alive, !chunked);
  if (sends_body(x)) {
    std::string piece = std::move(x.answer.body);
    auto next = AnswerStream::Next::kPiece;
    while (next == AnswerStream::Next::kPiece) {
      const bool written = co_await write_piece(piece, chunked);
      if (!written) co_return false;
      piece.clear();
      next = co_await x.answer.stream->next(piece);
    }
    if (next == AnswerStream::Next::kBroken) co_return false;
    if (chunked) batch_.add_text("0\r\n\r\n");
  }
  let_go(keep_alive);
  co_return true;
}

net::awaitable<bool> Session::write_piece(std::string_view piece, bool chunked) {
  if (chunked && !piece.empty()) {
    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
    batch_.add_text({size.data(), end});
    batch_.add_text("\r\n");
  }
  batch_.add_text(piece);
  if (chunked && !piece.empty()) batch_.add_text("\r\n");
  const auto written = transport_.write(batch_);
  if (written == AnswerBatch::Written::kAll) co_return true;
  if (written == AnswerBatch::Written::kBroken) co_return false;
  co_return co_await write_rest();
}

}  // namespace marquee::gateway
