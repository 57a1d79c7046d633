// TLS on one connected socket that does not block: turns what comes into plain bytes and answers
// into records, and says what to wait for where it cannot go on. Waits for nothing itself. Owned by
// the connection, touched by its thread alone.
//
// Security posture: one call reads a bounded amount, so that records without data (key updates)
// cannot keep the thread from other connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/answer_batch.h"
#include "gateway/asio.h"

struct ssl_st;

namespace marquee::gateway {

class TlsContext;

class TlsStream {
 public:
  // `early`: what was read of the connection already. The socket outlives this, and may be closed.
  TlsStream(std::shared_ptr<const TlsContext> context, net::ip::tcp::socket& socket,
            std::string early);
  // Says good-bye where that does not have to wait.
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  enum class Result : std::uint8_t { kDone, kWantsRead, kWantsWrite, kEnded };

  Result handshake();
  bool resumed() const;
  // kDone: `size` > 0 bytes came.
  Result read(char* into, std::size_t room, std::size_t& size);
  // Whether read() may find something without anything new from the socket.
  bool holds_bytes() const;
  AnswerBatch::Written write(AnswerBatch& batch);
  // One record, at most kRecordBytes; kWantsWrite: the same bytes again.
  Result write(const char* record, std::size_t size);
  static constexpr std::size_t kRecordBytes = 16 * 1024;
  // The connection goes on as another object.
  void use(net::ip::tcp::socket& socket);
  // No more is written.
  void close();
  // Gives back memory until more is read or written.
  void release();

 private:
  struct Wire;
  Result result_of(int returned);

  const std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool open_ = false;     // the handshake is done, and nothing went wrong since
  bool writing_ = false;  // a record is not out yet
};

}  // namespace marquee::gateway
