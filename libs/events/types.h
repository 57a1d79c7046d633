// The types of durable events, each with its message (proto/marquee/events/v1). A type never
// changes its meaning; new fields are added, new types are made.
#pragma once

namespace marquee::events {

namespace v1 {
class MovieChanged;
class ReviewCreated;
class ReviewDeleted;
class ReviewUpdated;
class UserDeleted;
}  // namespace v1

template <typename Message>
struct Type {
  const char* name;
};

inline constexpr Type<v1::UserDeleted> kUserDeleted{"user.deleted"};
inline constexpr Type<v1::ReviewCreated> kReviewCreated{"review.created"};
inline constexpr Type<v1::ReviewUpdated> kReviewUpdated{"review.updated"};
inline constexpr Type<v1::ReviewDeleted> kReviewDeleted{"review.deleted"};
inline constexpr Type<v1::MovieChanged> kMovieChanged{"movie.changed"};

}  // namespace marquee::events
