// One connection while it is served (http_session.h): what it waits for, step by step, and what it
// has in hand. Made by serve_connection(); one thread, that of its watch.
#pragma once

#include <memory>
#include <string>

#include "gateway/answer_batch.h"
#include "gateway/asio.h"
#include "gateway/config.h"
#include "gateway/connection_watch.h"
#include "gateway/entrance.h"
#include "gateway/exchange.h"
#include "gateway/pipeline.h"
#include "gateway/read_buffer.h"
#include "gateway/request_parser.h"
#include "gateway/transport.h"

namespace marquee::gateway {

class Session {
 public:
  Session(Transport& transport, ConnectionWatch& watch, const Pipeline& pipeline,
          const Config& config, const Arrival& arrival)
      : transport_(transport),
        watched_(transport.watched),
        watch_(watch),
        pipeline_(pipeline),
        config_(config),
        peer_(arrival.peer),
        buffer_(arrival.early),
        parser_(static_cast<std::size_t>(config.header_bytes_max)) {}

  net::awaitable<void> run();

 private:
  // What the connection has to wait for next.
  enum class Step : std::uint8_t { kRequest, kBody, kAnswer, kWriter, kEnd };

  Step advance();
  Step after_head();
  void answered();
  bool keeps_alive() const;
  // Makes ready for the next request.
  void let_go(bool keep_alive);
  bool body_is_here();
  void refuse(const Problem& problem);
  void end_of_reading();
  Exchange& fresh_exchange();
  // Not while an exchange holds views into the buffer.
  void make_room(std::size_t size) {
    buffer_.reserve(size, [this](const char* from, const char* to) { parser_.moved(from, to); });
  }

  void before_read();
  // Whether the head comes in so many pieces that they are worth waiting for together.
  bool dribbles() const;
  net::awaitable<void> let_pieces_gather();
  void after_read(const boost::system::error_code& error);
  net::awaitable<void> rest();
  net::awaitable<void> read_body();
  net::awaitable<void> read_sized_body();
  net::awaitable<void> read_chunked_body();
  net::awaitable<bool> write_rest();
  // An answer that comes in pieces. False when it did not get through whole.
  net::awaitable<bool> write_stream();
  net::awaitable<bool> write_piece(std::string_view piece, bool chunked);
  net::awaitable<void> linger();
  // The connection becomes a WebSocket.
  net::awaitable<void> hand_over();

  // What is being worked on: a request's head, or its answer.
  enum class Stage : std::uint8_t { kHead, kAnswer };

  Transport& transport_;
  WatchedSocket& watched_;
  ConnectionWatch& watch_;
  const Pipeline& pipeline_;
  const Config& config_;
  const net::ip::address peer_;
  ReadBuffer buffer_;
  RequestParser parser_;
  AnswerBatch batch_;
  std::unique_ptr<Exchange> exchange_;
  std::string body_;
  std::size_t request_bytes_ = 0;  // of the current one, in the buffer
  Stage stage_ = Stage::kHead;
  Pipeline::Next next_ = Pipeline::Next::kWrite;
  bool head_begun_ = false;  // and its time runs
  int head_pieces_ = 0;      // in which it has come so far
  std::chrono::steady_clock::time_point head_since_{};
  bool closing_ = false;    // after what is to be written
  bool lingering_ = false;  // before that, the sender is listened to
};

Problem problem_of(Refusal refusal);

}  // namespace marquee::gateway
