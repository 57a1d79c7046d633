// What the movie service says to sockets after a commit: a film's room hears of its new reviews,
// everyone of new and changed films. Owned by MovieService; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "libs/live/publisher.h"

namespace marquee::movie {

// The topic of a film's room.
std::string room_topic(const std::string& room);

class Announcements {
 public:
  explicit Announcements(bus::Bus& bus) : live_(bus) {}

  void review_written(std::int64_t review, std::int64_t movie, std::int64_t user, int half_stars,
                      const std::string& comment);
  void movie_added(std::int64_t movie, const std::string& title, std::int64_t user);
  void movie_changed(std::int64_t movie, const std::string& title, std::int64_t user);

 private:
  void tell_of_movie(const char* type, const std::string& text, std::int64_t movie,
                     const std::string& title, std::int64_t user);

  live::Publisher live_;
};

}  // namespace marquee::movie
