// Notifications as front ends use them: the wish list of the production client, on each of its
// paths.
#include "libs/testing/web_socket.h"
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/lists.h"

using namespace marquee;
using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr char kNotificationShape[] =
    "id:int type:text message:text created_at:time updated_at:time read:flag actor_id:int? "
    "actor_username:text actor_count:int object_type:text object_id:text object_title:text "
    "review_id:int?";

void review(const Person& person, std::int64_t film) {
  REQUIRE(client_of(person)
              .post("/api/reviews", {{"movie_id", film}, {"rating", 4}, {"comment", "Seen it."}})
              .status == 201);
}

std::int64_t unread(HttpClient& client) {
  return client.get("/notifications/unread-count").json().value("count", std::int64_t{-1});
}

// Two who care about a film, one by the watchlist and one by a review.
struct Audience {
  Person watcher = new_person();
  Person critic = new_person();
  std::int64_t film = add_film(watcher);

  Audience() {
    REQUIRE(client_of(watcher).post(detail_path(film, "/watch/"), json::object()).status == 201);
    review(critic, film);
  }
};

}  // namespace

TEST_CASE("a review reaches the inboxes of who cares about the film, and their own can be kept") {
  Audience audience;
  HttpClient watcher = client_of(audience.watcher);
  HttpClient critic = client_of(audience.critic);
  REQUIRE(eventually([&] { return unread(watcher) == 1; }));
  CHECK(unread(critic) == 0);
  const Person other = new_person();
  review(other, audience.film);
  REQUIRE(eventually([&] { return unread(critic) == 1; }));
  REQUIRE(eventually([&] {
    const json list = watcher.get("/notifications").json()["notifications"];
    return list.size() == 1 && list[0]["actor_count"] == 2;
  }));

  json first;
  for (const std::string prefix :
       {"/notifications", "/api/notifications", "/api/v1/notifications"}) {
    CAPTURE(prefix);
    auto reply = watcher.get(prefix + "?limit=50&offset=0");
    CHECK(success_faults(reply, 200) == "");
    const json body = reply.json();
    REQUIRE(body["notifications"].size() == 1);
    first = body["notifications"][0];
    CHECK(shape_faults(first, kNotificationShape) == "");
    CHECK(first["type"] == "review");
    CHECK(first["read"] == false);
    CHECK(first["object_id"] == std::to_string(audience.film));
    const std::string title = first["object_title"];
    CHECK(first["message"] == other.username + " and 1 other reviewed " + title);
    CHECK(body["unread_count"] == 1);
    CHECK(watcher.get(prefix + "/unread-count").json() == json{{"count", 1}});
    CHECK(watcher.get(prefix + "?offset=1").json()["notifications"].empty());
  }

  const std::string path = "/notifications/" + std::to_string(first["id"].get<std::int64_t>());
  CHECK(error_faults(critic.request("POST", path + "/read"), 404, "Notification not found") == "");
  CHECK(error_faults(critic.del(path), 404, "Notification not found") == "");
  CHECK(unread(watcher) == 1);
  // With a body or without.
  CHECK(message_faults(watcher.request("POST", path + "/read"), 200,
                       "Notification marked as read") == "");
  CHECK(message_faults(watcher.post("/api" + path + "/read", json::object()), 200,
                       "Notification marked as read") == "");
  CHECK(unread(watcher) == 0);
  CHECK(watcher.get("/notifications").json()["notifications"][0]["read"] == true);
  CHECK(watcher.get("/notifications?unread=true").json()["notifications"].empty());
  CHECK(message_faults(critic.post("/notifications/mark-all-read", json::object()), 200,
                       "All notifications marked as read") == "");
  CHECK(unread(critic) == 0);
  CHECK(success_faults(watcher.del("/api/v1" + path), 200) == "");
  CHECK(error_faults(watcher.del(path), 404, "Notification not found") == "");
  CHECK(watcher.get("/notifications").json()["notifications"].empty());
}

TEST_CASE("every open device hears what comes, and what is read on another") {
  Audience audience;
  const int port = Suite::shared().port();
  HttpClient watcher = client_of(audience.watcher);
  REQUIRE(eventually([&] { return unread(watcher) == 1; }));
  marquee::testing::MarqueeSocket phone(port, audience.watcher.token);
  marquee::testing::MarqueeSocket tablet(port, audience.watcher.token);
  marquee::testing::MarqueeSocket stranger(port, audience.critic.token);
  const Person other = new_person();
  review(other, audience.film);
  const json heard = phone.next("new_notification")["data"];
  CHECK(heard["unread_count"] == 1);
  const json notification = heard["notification"];
  CHECK(shape_faults(notification, kNotificationShape) == "");
  CHECK(notification == watcher.get("/notifications").json()["notifications"][0]);
  CHECK(tablet.next("new_notification")["data"] == heard);

  CHECK(stranger.command("mark_notification_read",
                         {{"id", notification["id"]}})["error"]["message"] ==
        "Notification not found");
  const json answer = phone.command("mark_notification_read", {{"id", notification["id"]}});
  CHECK(answer["data"]["unread_count"] == 0);
  const json change = tablet.next("notifications_changed")["data"];
  CHECK(change["read_ids"] == json::array({notification["id"]}));
  CHECK(change["unread_count"] == 0);
  CHECK(tablet.command("count_unread_notifications", json::object())["data"]["count"] == 0);
  CHECK_FALSE(stranger.next("new_notification").is_null());  // of the same review
  CHECK(stranger.quiet("notifications_changed"));
  marquee::testing::MarqueeSocket nobody(port);
  CHECK_FALSE(nobody.command("mark_all_notifications_read", json::object())["error"].is_null());
}

TEST_CASE("the inbox leads on by Link and cursor") {
  Person reader = new_person();
  const Person critic = new_person();
  HttpClient client = client_of(reader);
  for (int i = 0; i < 5; ++i) {
    const auto film = add_film(reader);
    client.post(detail_path(film, "/watch/"), json::object());
    review(critic, film);
  }
  REQUIRE(eventually([&] { return unread(client) == 5; }));
  std::vector<std::size_t> sizes;
  CHECK(walk(client, "/api/notifications?limit=2", "notifications", &sizes).size() == 5);
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
  CHECK(field_faults(client.get("/api/notifications?offset=-1"), "offset",
                     "offset must not be negative") == "");
  CHECK(error_faults(client.get("/api/notifications?cursor=x"), 400, "Invalid cursor") == "");
}

TEST_CASE("settings are a matrix with switches over it, and heeded") {
  Audience audience;
  HttpClient critic = client_of(audience.critic);
  const json before = critic.get("/notifications/settings").json()["settings"];
  CHECK(shape_faults(before,
                     "email_notifications:flag push_notifications:flag new_messages:flag "
                     "project_updates:flag application_status:flag team_invites:flag "
                     "email_digest:flag") == "");
  CHECK(before["email_notifications"] == false);
  CHECK(before["matrix"]["review"] == json{{"inbox", true}, {"push", true}, {"email", true}});

  // As the production client has them, with or without the object around.
  auto changed = critic.put("/api/v1/notifications/settings",
                            with_unknown_fields({{"team_invites", false}, {"new_messages", true}}));
  CHECK(success_faults(changed, 200) == "");
  CHECK(changed.json()["settings"]["team_invites"] == false);
  changed = critic.put("/notifications/settings",
                       {{"settings", {{"matrix", {{"review", {{"inbox", false}}}}}}}});
  CHECK(changed.json()["settings"]["team_invites"] == false);
  CHECK(changed.json()["settings"]["matrix"]["review"]["inbox"] == false);
  CHECK(critic.put("/notifications/settings", {{"settings", {{"email_digest", "often"}}}}).status ==
        400);

  review(new_person(), audience.film);
  HttpClient watcher = client_of(audience.watcher);
  REQUIRE(eventually([&] {
    const json list = watcher.get("/notifications").json()["notifications"];
    return !list.empty() && list[0]["actor_count"] == 2;
  }));
  CHECK(unread(critic) == 0);
}

TEST_CASE("a deleted account is named in nobody's inbox") {
  Audience audience;
  HttpClient watcher = client_of(audience.watcher);
  REQUIRE(eventually([&] { return unread(watcher) == 1; }));
  REQUIRE(client_of(audience.critic).del("/api/user/delete/").status == 204);
  CHECK(eventually([&] { return unread(watcher) == 0; }));
}

TEST_CASE("mails are files that the operator can read, with a link that ends them") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  Audience audience;
  HttpClient watcher = client_of(audience.watcher);
  REQUIRE(eventually([&] { return unread(watcher) == 1; }));
  CHECK(
      watcher
          .put("/notifications/settings", {{"email_notifications", true}, {"email_digest", false}})
          .status == 200);
  const Person other = new_person();
  review(other, audience.film);
  std::string list;
  REQUIRE(eventually(
      [&] {
        list.clear();
        return suite.command("mail", {"-n", "1000"}, &list) == 0 &&
               list.find("<" + audience.watcher.email + ">") != std::string::npos;
      },
      std::chrono::seconds(30)));
  CHECK(list.find("<" + audience.critic.email + ">") == std::string::npos);
  std::string line = list.substr(0, list.find('\n', list.find(audience.watcher.email)));
  line = line.substr(line.rfind('\n') + 1);
  std::string mail;
  REQUIRE(suite.command("mail", {"show", line.substr(0, line.find(' '))}, &mail) == 0);
  CHECK(mail.find("Hello " + audience.watcher.username + ",") != std::string::npos);
  CHECK(mail.find("- " + other.username + " and 1 other reviewed ") != std::string::npos);
  const std::string start = "http://localhost:" + std::to_string(suite.port());
  const auto link = mail.find(start);
  REQUIRE(link != std::string::npos);
  const auto path = mail.substr(link + start.size(), mail.find('\n', link) - link - start.size());

  HttpClient nobody = anybody();
  CHECK(nobody.get(path).json()["email_notifications"] == true);
  auto one_click = nobody.request("POST", path, "List-Unsubscribe=One-Click",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}});
  CHECK(message_faults(one_click, 200, "You will get no more mails") == "");
  CHECK(nobody.get(path).json()["email_notifications"] == false);
  CHECK(watcher.get("/notifications/settings").json()["settings"]["email_notifications"] == false);
  CHECK(suite.command("mail", {"show", "../settings"}) != 0);
}

TEST_CASE("links that nobody was sent are not valid, signed in or not") {
  const std::string path = "/notifications/unsubscribe/" + std::string(43, 'A');
  HttpClient nobody = anybody();
  CHECK(error_faults(nobody.get(path), 404, "This link is not valid") == "");
  CHECK(error_faults(client_of(new_person()).request("POST", path), 404,
                     "This link is not valid") == "");
  auto one_click = nobody.request("POST", path, "List-Unsubscribe=One-Click",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}});
  CHECK(error_faults(one_click, 404, "This link is not valid") == "");
}
