// What waits to be sent to one client, bounded. Above the soft limit what may be lost is dropped
// and of a state only the latest is kept; at the hard limit the client counts as too slow. Owned by
// what serves the client, used by its thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>
#include <vector>

#include "libs/websocket/frame.h"

namespace marquee::websocket {

// How much a message matters to a client that is behind.
struct Delivery {
  enum class Kind : std::uint8_t {
    kLog,       // must arrive
    kState,     // a newer one of the same key replaces it
    kVolatile,  // may be dropped
  };
  Kind kind = Kind::kLog;
  std::uint64_t key = 0;  // of a state
};

class SendQueue {
 public:
  struct Limits {
    std::size_t soft_bytes = 64 * 1024;
    std::size_t hard_bytes = 1024 * 1024;
  };
  enum class Pushed : std::uint8_t { kQueued, kDropped, kFull };

  // All frames or none, one behind the other. One that is larger than the hard limit goes into an
  // empty queue.
  Pushed push(std::span<const FramePtr> frames, Delivery delivery, const Limits& limits);
  // Without a limit: for the last words to a client.
  void push_last(FramePtr frame);

  bool empty() const { return bytes_ == 0; }
  std::size_t bytes() const { return bytes_; }  // as on a WebSocket, not yet sent

  // The bytes to send next, in at most `room` parts; then consume() what was sent.
  int gather(iovec* parts, int room) const;
  void consume(std::size_t bytes);
  // The next frame, whole, and none that is joined: instead of gather(). Null: none.
  const Frame* front();
  FramePtr pop();

  // Keeps only the rest of a frame whose first bytes were sent.
  void drop_unbegun();

 private:
  struct Entry {
    FramePtr frame;  // null: replaced by a newer one
    Delivery delivery;
  };

  void replace(std::uint64_t key);
  void unfold();
  void settle();

  std::vector<Entry> entries_;
  std::size_t begin_ = 0;  // of those in entries_
  std::size_t sent_ = 0;   // bytes of the first
  std::size_t bytes_ = 0;
};

}  // namespace marquee::websocket
