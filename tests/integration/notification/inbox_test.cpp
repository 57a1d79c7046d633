// What people find in their inbox, what they can do with it, and that nobody reaches another's.
#include "tests/catch.h"
#include "tests/integration/notification/suite.h"

namespace marquee::notification::testing {
namespace {

using Messages = std::vector<std::string>;

v1::MarkReadRequest reading(std::int64_t id) {
  v1::MarkReadRequest request;
  request.set_id(id);
  return request;
}

v1::DeleteNotificationRequest deletion(std::int64_t id) {
  v1::DeleteNotificationRequest request;
  request.set_id(id);
  return request;
}

TEST_CASE("a review is told to the others who care about the film, and not to its author") {
  Suite suite;
  suite.review(1, 17, 5);
  CHECK(suite.messages(2, 1) == Messages{"ann reviewed Heat"});
  CHECK(suite.messages(3, 1) == Messages{"ann reviewed Heat"});
  REQUIRE(suite.settled());
  CHECK(suite.messages(1, 0).empty());
  CHECK(suite.messages(4, 0).empty());

  const auto list = suite.inbox_of(2);
  const auto& notification = list.notifications(0);
  CHECK(notification.type() == v1::KIND_REVIEW);
  CHECK(notification.actor_id() == 1);
  CHECK(notification.actor_username() == "ann");
  CHECK(notification.actor_count() == 1);
  CHECK(notification.object_type() == "movie");
  CHECK(notification.object_id() == "17");
  CHECK(notification.object_title() == "Heat");
  CHECK(notification.review_id() == 5);
  CHECK_FALSE(notification.read());
  CHECK(notification.created_at().seconds() > 0);
  CHECK(list.unread_count() == 1);
  CHECK(list.limit() == 50);
}

TEST_CASE("an event that comes twice has its effect once") {
  Suite suite;
  const auto id = suite.review(1, 17, 5);
  suite.review(1, 17, 5, id);
  suite.review(4, 17, 6);
  REQUIRE(suite.settled());
  CHECK(suite.messages(2, 1) == Messages{"dan and 1 other reviewed Heat"});
  // Of ann's and dan's, and of settled()'s two; those of one film may be asked for together.
  CHECK(suite.neighbours.audience_pages() <= 4);
  CHECK(suite.inbox_of(2).notifications(0).actor_count() == 2);
}

TEST_CASE("reviews of one film within a while are one unread notification") {
  Suite suite;
  suite.neighbours.add_film(18, "Ronin", {3});
  suite.review(1, 17, 5);
  REQUIRE(suite.settled());
  const auto first = suite.inbox_of(3).notifications(0).id();
  suite.review(1, 18, 6);
  suite.review(2, 17, 7);
  suite.review(4, 17, 8);
  suite.review(4, 17, 9);  // after deleting the other
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 2) == Messages{"dan and 2 others reviewed Heat", "ann reviewed Ronin"});
  CHECK(suite.inbox_of(3).notifications(0).id() == first);
  CHECK(suite.inbox_of(3).notifications(0).actor_count() == 3);
  CHECK(suite.unread(3) == 2);

  // What is read takes nothing more.
  (*suite.replica)->inbox().mark_read(as(3), reading(first));
  suite.review(2, 17, 10);
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 3) ==
        Messages{"bob reviewed Heat", "dan and 2 others reviewed Heat", "ann reviewed Ronin"});

  // Nor does what is old.
  suite.run("UPDATE notifications SET created_at = created_at - interval '25 hours'");
  suite.review(4, 17, 11);
  REQUIRE(suite.settled());
  CHECK(suite.messages(3, 4).front() == "dan reviewed Heat");
  CHECK(suite.unread(3) == 3);
}

TEST_CASE("an edited film is told to who cares about it") {
  Suite suite;
  suite.edit(4, 17);
  CHECK(suite.messages(1, 1) == Messages{"dan edited Heat"});
  CHECK(suite.inbox_of(1).notifications(0).type() == v1::KIND_MOVIE);
  CHECK_FALSE(suite.inbox_of(1).notifications(0).has_review_id());
}

TEST_CASE("what happened long ago is news to nobody") {
  Config config = quick_config();
  config.news_age = std::chrono::milliseconds(-1'000'000);
  Suite suite(config);
  suite.review(1, 17, 5);
  suite.edit(1, 17);
  REQUIRE(suite.settled());
  CHECK(suite.messages(2, 0).empty());
}

TEST_CASE("the inbox comes in pages, by cursor and by offset, and the unread alone") {
  Suite suite;
  constexpr int kFilms = 7;
  for (int film = 0; film < kFilms; ++film) {
    suite.neighbours.add_film(100 + film, "Film " + std::to_string(film), {2});
    suite.review(1, 100 + film, 1000 + film);
    REQUIRE(suite.settled());
  }
  Messages walked;
  std::string cursor;
  int pages = 0;
  do {
    auto page = suite.inbox_of(2, 3, cursor);
    CHECK(page.notifications_size() <= 3);
    for (const auto& notification : page.notifications()) walked.push_back(notification.message());
    cursor = page.next_cursor();
    ++pages;
  } while (!cursor.empty());
  CHECK(pages == 3);
  REQUIRE(walked.size() == kFilms);
  CHECK(walked.front() == "ann reviewed Film 6");
  CHECK(walked.back() == "ann reviewed Film 0");

  v1::ListNotificationsRequest request;
  request.set_limit(2);
  request.set_offset(5);
  auto late = (*suite.replica)->inbox().list(as(2), request);
  REQUIRE(late.notifications_size() == 2);
  CHECK(late.notifications(1).message() == walked.back());

  (*suite.replica)->inbox().mark_read(as(2), reading(suite.inbox_of(2).notifications(2).id()));
  CHECK(suite.inbox_of(2, 0, {}, true).notifications_size() == kFilms - 1);
  CHECK(suite.inbox_of(2).unread_count() == kFilms - 1);

  CHECK(error_of([&] { suite.inbox_of(2, 1, "nonsense"); }).code() == Code::kInvalidArgument);
  CHECK(error_of([&] { suite.inbox_of(2, -1); }).code() == Code::kInvalidArgument);
  request.set_offset(10'001);
  CHECK(error_of([&] { (*suite.replica)->inbox().list(as(2), request); }).code() ==
        Code::kInvalidArgument);
}

TEST_CASE("reading and deleting reach one's own alone, and every device hears of it") {
  Suite suite;
  Ears bob(2);
  Ears cyd(3);
  suite.review(1, 17, 5);
  suite.edit(1, 17);
  REQUIRE(suite.settled());
  REQUIRE(eventually([&] { return bob.news().size() == 2; }));
  CHECK(bob.news()[1].unread_count() == 2);
  CHECK(bob.news()[0].notification().message().substr(0, 4) == "ann ");
  const auto list = suite.inbox_of(2);
  const auto first = list.notifications(0).id();
  const auto second = list.notifications(1).id();
  auto& inbox = (*suite.replica)->inbox();

  for (auto id : {first, std::int64_t{0}, std::int64_t{987'654}}) {
    CHECK(error_of([&] { inbox.mark_read(as(3), reading(id)); }).message() ==
          "Notification not found");
    CHECK(error_of([&] { inbox.remove(as(3), deletion(id)); }).code() == Code::kNotFound);
  }
  CHECK(error_of([&] { inbox.list(anonymous(), {}); }).code() == Code::kUnauthenticated);
  CHECK(error_of([&] { inbox.mark_all_read(anonymous(), {}); }).code() == Code::kUnauthenticated);
  CHECK(suite.unread(2) == 2);

  CHECK(inbox.mark_read(as(2), reading(first)).unread_count() == 1);
  CHECK(inbox.mark_read(as(2), reading(first)).unread_count() == 1);
  CHECK(inbox.mark_all_read(as(2), {}).unread_count() == 0);
  CHECK(inbox.mark_all_read(as(2), {}).unread_count() == 0);
  CHECK(inbox.remove(as(2), deletion(second)).unread_count() == 0);
  CHECK(error_of([&] { inbox.remove(as(2), deletion(second)); }).code() == Code::kNotFound);
  CHECK(suite.inbox_of(2).notifications_size() == 1);
  CHECK(suite.inbox_of(2).notifications(0).read());

  REQUIRE(eventually([&] { return bob.changes().size() == 3; }));
  const auto changes = bob.changes();
  CHECK(changes[0].read_ids(0) == first);
  CHECK(changes[0].unread_count() == 1);
  CHECK(changes[1].all_read());
  CHECK(changes[2].deleted_ids(0) == second);
  CHECK(suite.unread(3) == 2);
  CHECK(cyd.changes().empty());
  CHECK(suite.unread_counts_hold());
}

}  // namespace
}  // namespace marquee::notification::testing
