#include "gateway/answer_batch.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include "gateway/response_head.h"

namespace marquee::gateway {

void AnswerBatch::add(Exchange& x, bool keep_alive, bool http_1_0) {
  const std::size_t before = text_.size();
  append_response_head(text_, x, keep_alive, http_1_0);
  Answer& answer = x.answer;
  if (answer.stream) {
    bytes_ += text_.size() - before;
    return;
  }
  std::string_view body = sends_body(x) ? answer.body_bytes() : std::string_view();
  if (body.size() <= kCopiedBytesMax) {
    text_ += body;
  } else {
    Piece& piece = pieces_.emplace_back();
    piece.after = text_.size();
    piece.shared = std::move(answer.shared_body);
    if (!piece.shared) piece.own = std::move(answer.body);
    bytes_ += body.size();
  }
  bytes_ += text_.size() - before;
}

void AnswerBatch::add_text(std::string_view text) {
  text_ += text;
}

AnswerBatch::Left AnswerBatch::left() const {
  Left left;  // NOLINT(*-member-init)
  std::size_t skip = written_;
  auto add = [&](std::string_view part) {
    if (skip >= part.size()) {
      skip -= part.size();
      return;
    }
    part.remove_prefix(std::exchange(skip, 0));
    left.bytes += part.size();
    left.parts[left.count++] = {const_cast<char*>(part.data()), part.size()};
  };
  std::size_t at = 0;
  for (const Piece& piece : pieces_) {
    add(std::string_view(text_).substr(at, piece.after - at));
    add(piece.bytes());
    at = piece.after;
  }
  add(std::string_view(text_).substr(at));
  return left;
}

void AnswerBatch::wrote(std::size_t size, const Left& left) {
  written_ += size;
  if (size == left.bytes) clear();
}

AnswerBatch::Written AnswerBatch::write_to(int socket) {
  while (!empty()) {
    Left left = this->left();
    msghdr message{};
    message.msg_iov = left.parts.data();
    message.msg_iovlen = left.count;
    ssize_t size = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (size < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Written::kSome : Written::kBroken;
    }
    wrote(static_cast<std::size_t>(size), left);
  }
  return Written::kAll;
}

void AnswerBatch::clear() {
  text_.clear();
  pieces_.clear();
  bytes_ = written_ = 0;
}

void AnswerBatch::release() {
  if (text_.capacity() > kKeptBytes) std::string().swap(text_);
  std::vector<Piece>().swap(pieces_);
}

}  // namespace marquee::gateway
