// How a request's body is read when it did not come with its head.
#include <algorithm>
#include <string_view>

#include "gateway/session.h"

namespace marquee::gateway {
namespace {

using boost::system::error_code;

constexpr std::size_t kBodyStepBytes = 16 * 1024;

}  // namespace

Problem problem_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kVersion:
      return {505, "http_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here"};
    case Refusal::kHost:
      return {400, "bad_request", "Exactly one Host header is needed"};
    case Refusal::kLength:
      return {400, "bad_request", "The request's length is ambiguous"};
    case Refusal::kHeadTooLarge:
      return {431, "headers_too_large", "The request headers are too large"};
    case Refusal::kBodyTooLarge:
      return {413, "body_too_large", "The request body is too large"};
    default:
      return {400, "bad_request", "The request is malformed"};
  }
}

net::awaitable<void> Session::read_body() {
  const bool asks = !exchange_->head.expect.empty() && !parser_.http_1_0() &&
                    buffer_.unread().size() == request_bytes_;
  if (asks) {
    batch_.add_text("HTTP/1.1 100 Continue\r\n\r\n");
    auto written = transport_.write(batch_);
    if (written != AnswerBatch::Written::kAll) {
      closing_ = true;
      co_return;
    }
  }
  watched_.expires_after(config_.body_timeout);
  if (parser_.chunked()) {
    co_await read_chunked_body();
  } else {
    co_await read_sized_body();
  }
}

// Straight to where it will be used; memory is taken as it comes, not as it is announced.
net::awaitable<void> Session::read_sized_body() {
  const std::size_t size = parser_.content_length();
  body_ = buffer_.unread().substr(request_bytes_);
  request_bytes_ += body_.size();
  while (body_.size() < size) {
    const std::size_t have = body_.size();
    body_.resize(std::min(size, have + std::max(have, kBodyStepBytes)));
    error_code error;
    std::size_t got =
        co_await transport_.read_some(body_.data() + have, body_.size() - have, error);
    body_.resize(have + got);
    if (error) {
      end_of_reading();
      co_return;
    }
  }
  exchange_->body = body_;
}

net::awaitable<void> Session::read_chunked_body() {
  body_.clear();
  for (;;) {
    std::size_t taken = 0;
    auto progress = parser_.parse_chunks(buffer_.unread().substr(request_bytes_),
                                         exchange_->body_bytes_max, taken, body_);
    buffer_.cut(request_bytes_, taken);
    if (progress == RequestParser::Progress::kDone) break;
    if (progress == RequestParser::Progress::kRefused) {
      refuse(problem_of(parser_.refusal()));
      co_return;
    }
    if (buffer_.room() == 0) {
      refuse(problem_of(Refusal::kHeadTooLarge));
      co_return;
    }
    error_code error;
    std::size_t size = co_await transport_.read_some(buffer_.free_bytes(), buffer_.room(), error);
    buffer_.commit(size);
    if (error) {
      end_of_reading();
      co_return;
    }
  }
  exchange_->body = body_;
}

}  // namespace marquee::gateway
