#include "services/movie/review_rooms_handlers.h"

#include "services/movie/announcements.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kNameCharactersMax = 64;
constexpr std::size_t kTitleCharactersMax = 200;

std::string required(const std::string& field, const std::string& value, std::size_t max) {
  std::string text = trimmed(value);
  if (text.empty()) missing_field(field);
  Violations bad;
  check_text(bad, field, text, max);
  bad.check();
  return text;
}

v1::RoomNotice notice(const v1::ReviewRoomRequest& request, const char* what) {
  const std::string user = required("user_id", request.user_id(), kNameCharactersMax);
  v1::RoomNotice made;
  made.set_room_id(required("room_id", request.room_id(), kNameCharactersMax));
  made.set_message("User " + user + " has " + what + " the room " + made.room_id());
  return made;
}

}  // namespace

void ReviewRoomsHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.ReviewRooms");
  service.on("JoinReviewRoom", &ReviewRoomsHandlers::join, *this);
  service.on("LeaveReviewRoom", &ReviewRoomsHandlers::leave, *this);
  service.on("AnnounceReview", &ReviewRoomsHandlers::announce, *this);
}

v1::RoomNotice ReviewRoomsHandlers::join(const rpc::Call& /*call*/,
                                         const v1::ReviewRoomRequest& request) {
  v1::RoomNotice came = notice(request, "joined");
  live_.publish(room_topic(request.room_id()), came);
  return came;
}

v1::RoomNotice ReviewRoomsHandlers::leave(const rpc::Call& /*call*/,
                                          const v1::ReviewRoomRequest& request) {
  v1::RoomNotice left = notice(request, "left");
  live_.publish(room_topic(request.room_id()), left);
  return left;
}

v1::AnnouncedReview ReviewRoomsHandlers::announce(const rpc::Call& /*call*/,
                                                  const v1::AnnounceReviewRequest& request) {
  v1::AnnouncedReview review;
  review.set_user_id(required("user_id", request.user_id(), kNameCharactersMax));
  review.set_room_id(required("room_id", request.room_id(), kNameCharactersMax));
  review.set_review_title(required("review_title", request.review_title(), kTitleCharactersMax));
  review.set_message("User " + review.user_id() + " added a new review: " + review.review_title());
  live_.publish(room_topic(request.room_id()), review);
  return review;
}

}  // namespace marquee::movie
