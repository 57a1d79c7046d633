// The TLS handshakes in progress of one I/O thread, oldest first. Where there are more than may be,
// the oldest is cut off: who takes longest makes room, so that slow ones cannot keep others out.
// Touched by its thread alone.
#pragma once

#include <cstddef>
#include <list>

namespace marquee::gateway {

class WatchedSocket;

class Handshakes {
 public:
  // One handshake, for as long as it lives.
  class Place {
   public:
    Place(Handshakes& all, WatchedSocket& watched, std::size_t places);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class Handshakes;
    Handshakes& all_;
    WatchedSocket& watched_;
    std::list<Place*>::iterator at_;
    bool cut_ = false;
  };

 private:
  void cut_oldest();
  std::list<Place*> places_;
};

}  // namespace marquee::gateway
