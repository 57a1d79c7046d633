#include "services/movie/announcements.h"

#include "marquee/movie/v1/rooms.pb.h"
#include "services/movie/stars.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kTitleCharactersMax = 100;

// The first line, cut between characters.
std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find_first_of("\r\n"));
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    if (begins && ++characters > kTitleCharactersMax) return line.substr(0, i) + "…";
  }
  return line;
}

}  // namespace

std::string room_topic(const std::string& room) {
  return "movie:" + room;
}

void Announcements::review_written(std::int64_t review, std::int64_t movie, std::int64_t user,
                                   int half_stars, const std::string& comment) {
  v1::NewReview news;
  news.set_review_id(review);
  news.set_movie_id(movie);
  news.set_user_id(user);
  news.set_rating(stars_of(half_stars));
  news.set_room_id(std::to_string(movie));
  news.set_review_title(first_line(comment));
  news.set_message("User " + std::to_string(user) + " added a new review: " + news.review_title());
  live_.publish(room_topic(news.room_id()), news);
}

void Announcements::movie_added(std::int64_t movie, const std::string& title, std::int64_t user) {
  tell_of_movie("new", "New movie added: " + title, movie, title, user);
}

void Announcements::movie_changed(std::int64_t movie, const std::string& title, std::int64_t user) {
  tell_of_movie("update", "Movie updated: " + title, movie, title, user);
}

void Announcements::tell_of_movie(const char* type, const std::string& text, std::int64_t movie,
                                  const std::string& title, std::int64_t user) {
  v1::MovieNotification news;
  news.set_type(type);
  news.set_user_id(user);
  news.set_movie_id(movie);
  news.set_movie_title(title);
  news.set_message(text);
  live_.publish("everyone", news);
}

}  // namespace marquee::movie
