// The gRPC surface ReviewRooms: what visitors of a film's room say to it. Owned by MovieService;
// worker threads.
#pragma once

#include "libs/live/publisher.h"
#include "libs/rpc/server.h"
#include "marquee/movie/v1/rooms.pb.h"

namespace marquee::movie {

class ReviewRoomsHandlers {
 public:
  explicit ReviewRoomsHandlers(bus::Bus& bus) : live_(bus) {}

  void bind(rpc::Server& server);

  v1::RoomNotice join(const rpc::Call& call, const v1::ReviewRoomRequest& request);
  v1::RoomNotice leave(const rpc::Call& call, const v1::ReviewRoomRequest& request);
  v1::AnnouncedReview announce(const rpc::Call& call, const v1::AnnounceReviewRequest& request);

 private:
  live::Publisher live_;
};

}  // namespace marquee::movie
