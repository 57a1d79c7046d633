#include "gateway/handshakes.h"

#include "gateway/connection_watch.h"

namespace marquee::gateway {

Handshakes::Place::Place(Handshakes& all, WatchedSocket& watched, std::size_t places)
    : all_(all), watched_(watched) {
  if (all_.places_.size() >= places) all_.cut_oldest();
  at_ = all_.places_.insert(all_.places_.end(), this);
}

Handshakes::Place::~Place() {
  if (!cut_) all_.places_.erase(at_);
}

void Handshakes::cut_oldest() {
  Place* oldest = places_.front();
  places_.pop_front();
  oldest->cut_ = true;
  boost::system::error_code ignored;
  oldest->watched_.socket.close(ignored);
}

}  // namespace marquee::gateway
