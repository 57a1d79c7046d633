#include "gateway/http_session.h"

#include <array>
#include <string_view>

#include "gateway/abort.h"
#include "gateway/header_values.h"
#include "gateway/session.h"
#include "libs/websocket/handshake.h"

namespace marquee::gateway {
namespace {

using boost::system::error_code;
using net::ip::tcp;

constexpr std::size_t kReadRoomBytes = 2 * 1024;
// For the sizes of chunks between them, and for what trails the last.
constexpr std::size_t kChunkRoomBytes = 8 * 1024;
constexpr std::size_t kBodyKeptBytes = 16 * 1024;
// A head that came in more pieces and still is no longer than that is not sent as clients send it.
constexpr int kHeadPiecesMax = 3;
constexpr int kHeadDribbleBytes = 1024;
using ReceiveLowWater = net::socket_base::receive_low_watermark;
// How long, and how much, a refused sender is listened to, so that it gets to read why.
constexpr std::chrono::milliseconds kLingerTime{1'000};
constexpr std::size_t kLingerBytes = 256 * 1024;

}  // namespace

Exchange& Session::fresh_exchange() {
  if (!exchange_) {
    exchange_ = std::make_unique<Exchange>();
    exchange_->peer = peer_;
  } else {
    exchange_->reset();
  }
  return *exchange_;
}

// Goes on as far as it can without waiting.
Session::Step Session::advance() {
  for (;;) {
    if (closing_) return Step::kEnd;
    if (batch_.full()) return Step::kWriter;
    if (stage_ == Stage::kHead) {
      if (buffer_.empty()) return Step::kRequest;
      auto progress = parser_.parse_head(buffer_.unread());
      if (progress == RequestParser::Progress::kNeedsMore) return Step::kRequest;
      if (progress == RequestParser::Progress::kDone && parser_.chunked())
        make_room(kChunkRoomBytes);
      Exchange& x = fresh_exchange();
      x.head = parser_.head();
      request_bytes_ = parser_.head_bytes();
      if (progress == RequestParser::Progress::kRefused) {
        refuse(problem_of(parser_.refusal()));
        continue;
      }
      Step step = after_head();
      if (step != Step::kAnswer) return step;
      if (closing_ || stage_ == Stage::kHead) continue;
    }
    next_ = pipeline_.start(*exchange_);
    if (next_ != Pipeline::Next::kWrite) return Step::kAnswer;
    answered();
  }
}

// kAnswer when there is nothing to wait for: then the request is whole, or answered already.
Session::Step Session::after_head() {
  Exchange& x = *exchange_;
  head_begun_ = false;
  const bool has_body = parser_.chunked() || parser_.content_length() != 0;
  if (!has_body && x.head.expect.empty() && pipeline_.answer_known(x)) {
    answered();
    return Step::kAnswer;
  }
  pipeline_.begin(x);
  if (!x.head.expect.empty() && !equals_ignoring_case(x.head.expect, "100-continue")) {
    refuse(Problem(417, "expectation_failed", "Only 100-continue can be expected"));
    return Step::kAnswer;
  }
  if (parser_.content_length() > x.body_bytes_max) {
    refuse(Problem(413, "body_too_large", "The request body is too large"));
    return Step::kAnswer;
  }
  stage_ = Stage::kAnswer;
  return body_is_here() ? Step::kAnswer : Step::kBody;
}

// A body that came with its head is used where it lies.
bool Session::body_is_here() {
  if (parser_.chunked()) return false;
  const std::size_t size = parser_.content_length();
  std::string_view rest = buffer_.unread().substr(request_bytes_);
  if (rest.size() < size) return false;
  exchange_->body = rest.substr(0, size);
  request_bytes_ += size;
  return true;
}

bool Session::keeps_alive() const {
  return parser_.keep_alive() && !exchange_->answer.close && !watch_.draining();
}

void Session::answered() {
  const bool keep_alive = keeps_alive();
  batch_.add(*exchange_, keep_alive, parser_.http_1_0());
  let_go(keep_alive);
}

void Session::let_go(bool keep_alive) {
  if (!keep_alive) {
    closing_ = true;
    // Who is told so unawares may have sent more already.
    lingering_ = parser_.keep_alive() && watch_.draining();
  }
  buffer_.consume(request_bytes_);
  request_bytes_ = 0;
  parser_.reset();
  if (body_.capacity() > kBodyKeptBytes) std::string().swap(body_);
  stage_ = Stage::kHead;
}

void Session::refuse(const Problem& problem) {
  Exchange& x = *exchange_;
  pipeline_.refuse(x, problem);
  batch_.add(x, false, false);
  closing_ = lingering_ = true;
}

// On a connection that broke or ended nobody can be told anything.
void Session::end_of_reading() {
  closing_ = true;
  if (!watched_.timed_out()) return;
  if (stage_ == Stage::kHead) fresh_exchange().head = parser_.head();
  refuse(Problem(408, "request_timeout", "Request timed out"));
}

net::awaitable<void> Session::run() {
  for (;;) {
    Step step = advance();
    auto written = transport_.write(batch_);
    if (written == AnswerBatch::Written::kSome) {
      bool done = co_await write_rest();
      if (!done) co_return;
    }
    if (written == AnswerBatch::Written::kBroken) co_return;
    if (step == Step::kEnd) {
      if (lingering_) co_await linger();
      co_return;
    }
    error_code error;
    if (step == Step::kRequest) {
      before_read();
      if (closing_) continue;
      if (dribbles()) co_await let_pieces_gather();
      if (closing_) continue;
      std::size_t size = co_await transport_.read_some(buffer_.free_bytes(), buffer_.room(), error);
      buffer_.commit(size);
      if (error && watched_.rests()) {
        co_await rest();
      } else {
        after_read(error);
      }
    } else if (step == Step::kBody) {
      co_await read_body();
    } else if (step == Step::kAnswer) {
      Abort abort;
      exchange_->abort = &abort;
      watched_.never_expires();
      watched_.set_waiting(&abort);
      co_await pipeline_.wait(*exchange_, next_);
      bool streamed = false;
      if (exchange_->answer.stream) streamed = co_await write_stream();
      watched_.set_waiting(nullptr);
      exchange_->abort = nullptr;
      if (exchange_->answer.stream) {
        exchange_->answer.stream.reset();
        if (!streamed) co_return;
        continue;
      }
      if (exchange_->takes_over) {
        if (!abort.fired()) co_await hand_over();
        co_return;
      }
      if (abort.fired()) exchange_->answer.close = true;
      answered();
    }
  }
}

net::awaitable<void> Session::hand_over() {
  auto takes_over = std::move(exchange_->takes_over);
  batch_.add_text(websocket::switching_protocols(exchange_->head.websocket_key));
  const std::string early(buffer_.unread().substr(request_bytes_));
  auto written = transport_.write(batch_);
  if (written == AnswerBatch::Written::kSome && co_await write_rest()) {
    written = AnswerBatch::Written::kAll;
  }
  if (written == AnswerBatch::Written::kAll) takes_over(transport_.take(), early);
}

void Session::before_read() {
  if (buffer_.empty()) {
    buffer_.settle();
    watched_.set_idle(true);
    watched_.expires_after(config_.idle_timeout);
  } else if (!head_begun_) {
    head_begun_ = true;
    head_pieces_ = 1;
    head_since_ = std::chrono::steady_clock::now();
    watched_.expires_after(config_.header_timeout);
  } else {
    ++head_pieces_;
  }
  make_room(kReadRoomBytes);
}

bool Session::dribbles() const {
  return head_begun_ && head_pieces_ > kHeadPiecesMax &&
         buffer_.unread().size() < static_cast<std::size_t>(kHeadDribbleBytes);
}

// A thousand clients that send a byte now and then cost next to nothing: the kernel says nothing of
// less than is worth it, and they are looked at again when they have taken twice their time so far.
net::awaitable<void> Session::let_pieces_gather() {
  if (transport_.holds_bytes()) co_return;
  error_code error;
  watched_.socket.set_option(ReceiveLowWater(kHeadDribbleBytes), error);
  watched_.pause_ends_after(
      std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - head_since_));
  co_await transport_.wait_readable(error);
  watched_.socket.set_option(ReceiveLowWater(1), error);
  if (watched_.timed_out()) end_of_reading();
}

void Session::after_read(const error_code& error) {
  watched_.set_idle(false);
  if (!error) return;
  if (buffer_.empty()) {
    closing_ = true;
  } else {
    end_of_reading();
  }
}

// Gives back memory until the next request comes.
net::awaitable<void> Session::rest() {
  buffer_.release();
  batch_.release();
  exchange_.reset();
  std::string().swap(body_);
  error_code error;
  transport_.release();
  co_await transport_.wait_readable(error);
  if (error) closing_ = true;
}

net::awaitable<bool> Session::write_rest() {
  watched_.expires_after(config_.write_timeout);
  auto written = AnswerBatch::Written::kSome;
  while (written == AnswerBatch::Written::kSome) {
    error_code error;
    co_await transport_.wait_writable(error);
    if (error) co_return false;
    written = transport_.write(batch_);
  }
  watched_.never_expires();
  co_return written == AnswerBatch::Written::kAll;
}

// Closing with unread bytes would reset the connection and take our answer with it.
net::awaitable<void> Session::linger() {
  error_code error;
  transport_.end_writing(error);
  std::array<char, 8 * 1024> sink;  // NOLINT(*-member-init)
  watched_.expires_after(kLingerTime);
  for (std::size_t total = 0; !error && total < kLingerBytes;) {
    total += co_await transport_.read_some(sink.data(), sink.size(), error);
  }
}

net::awaitable<void> serve_connection(tcp::socket socket, ConnectionWatch& watch,
                                      const Pipeline& pipeline, const Entrance& entrance,
                                      const Config& config) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  socket.native_non_blocking(true, error);
  Arrival arrival;
  arrival.peer = socket.remote_endpoint(error).address();
  if (error) co_return;
  Transport transport(std::move(socket), watch);
  if (!entrance.is_open()) {
    bool admitted = co_await entrance.admit(transport, arrival);
    if (!admitted) co_return;
  }
  Session session(transport, watch, pipeline, config, arrival);
  co_await session.run();
}

}  // namespace marquee::gateway
