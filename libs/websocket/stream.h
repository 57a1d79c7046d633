// What a WebSocket connection reads from and writes to: a socket, or TLS on one. Nothing blocks:
// what cannot be done now is waited for. Owned by its connection, used by its thread.
#pragma once

#include <cstddef>
#include <memory>
#include <sys/uio.h>

namespace marquee::websocket {

// Is kept while it waits. Also called when the stream was closed.
class StreamWaiter {
 public:
  virtual void on_readable() = 0;
  virtual void on_writable() = 0;

 protected:
  ~StreamWaiter() = default;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // How many bytes were read or written; 0: none now, -1: it has ended or broke.
  virtual std::ptrdiff_t read_some(char* into, std::size_t room) = 0;
  virtual std::ptrdiff_t write_some(const iovec* parts, int count) = 0;
  // Calls back once, never from within.
  virtual void when_readable(std::shared_ptr<StreamWaiter> waiter) = 0;
  virtual void when_writable(std::shared_ptr<StreamWaiter> waiter) = 0;
  // The peer gets to read what was written, and then the end.
  virtual void end_writing() = 0;
  virtual void close() = 0;
};

}  // namespace marquee::websocket
