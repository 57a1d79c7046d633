#include "services/movie/film_draft.h"

#include "tests/catch.h"

namespace marquee::movie {
namespace {

v1::CreateMovieRequest whole() {
  v1::CreateMovieRequest request;
  request.set_title("  Heat ");
  request.set_overview("Two men.");
  request.set_rating(9.5);
  request.set_genre("Action, Crime");
  request.set_director("Michael Mann");
  request.set_release_date("1995-12-15");
  auto* actor = request.add_actors();
  actor->set_name("Al Pacino");
  actor->set_character("Vincent Hanna");
  return request;
}

std::string first_field(const v1::CreateMovieRequest& request) {
  try {
    draft_of(request);
  } catch (const Error& error) {
    return error.fields().empty() ? "none" : error.fields().front().name;
  }
  return "";
}

TEST_CASE("a film is taken as it is sent, trimmed") {
  auto draft = draft_of(whole());
  CHECK(draft.title == "Heat");
  CHECK(draft.external_rating == 9.5);
  CHECK(draft.genres->size() == 2);
  CHECK(draft.actors->front().character == "Vincent Hanna");
  CHECK_FALSE(draft.poster_url.has_value());
}

TEST_CASE("a film needs a title") {
  for (const char* title : {"", "   ", "\xE3\x80\x80"}) {
    auto request = whole();
    request.set_title(title);
    try {
      draft_of(request);
      FAIL("was taken");
    } catch (const Error& error) {
      CHECK(error.code() == Code::kInvalidArgument);
      CHECK(error.message() == "Missing required field: title");
    }
  }
}

TEST_CASE("each wrong field is named") {
  auto request = whole();
  request.set_overview(std::string(10'001, 'x'));
  CHECK(first_field(request) == "description");
  request = whole();
  request.set_rating(10.5);
  CHECK(first_field(request) == "rating");
  request = whole();
  request.set_release_date("2023-02-30");
  CHECK(first_field(request) == "release_date");
  request = whole();
  request.set_runtime(6'001);
  CHECK(first_field(request) == "runtime");
  request = whole();
  request.set_trailer_url("javascript:x");
  CHECK(first_field(request) == "trailer_url");
  request = whole();
  request.mutable_actors(0)->set_name(" ");
  CHECK(first_field(request) == "actors[0].name");
  request = whole();
  for (int i = 0; i < 500; ++i) request.add_actors()->set_name("x");
  CHECK(first_field(request) == "actors");
}

TEST_CASE("a change says only what it gives") {
  v1::UpdateMovieRequest request;
  request.set_poster_url("");
  auto draft = draft_of(request);
  CHECK(draft.poster_url == "");
  CHECK_FALSE(draft.title.has_value());
  CHECK_FALSE(draft.genres.has_value());
  request.set_title(" ");
  CHECK_THROWS_AS(draft_of(request), Error);
}

}  // namespace
}  // namespace marquee::movie
