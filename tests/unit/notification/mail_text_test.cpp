#include "services/notification/mail_text.h"

#include "tests/catch.h"

namespace marquee::notification {
namespace {

StoredNotification review(std::int64_t id, const std::string& title, int actors = 1) {
  StoredNotification notification;
  notification.id = id;
  notification.kind = "review";
  notification.actor_id = 7;
  notification.actor_count = actors;
  notification.object_title = title;
  notification.updated_at_us = 1'769'884'200'000'000;
  return notification;
}

MailContent content_of(std::vector<StoredNotification> notifications) {
  MailContent content;
  content.reader = "bob";
  content.notifications = std::move(notifications);
  content.unsubscribe = "https://films.example.org/api/notifications/unsubscribe/token";
  return content;
}

const Names& names() {
  static const Names known = {{7, {"ada", false}}};
  return known;
}

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST_CASE("a mail of one says it in its subject, with a way out in a header") {
  const auto mail = compose(content_of({review(1, "Heat", 3)}), names());
  CHECK(mail.subject == "ada and 2 others reviewed Heat");
  CHECK(
      contains(mail.text, "Hello bob,\n\n- ada and 2 others reviewed Heat (2026-01-31 18:30 UTC)"));
  CHECK(contains(mail.html, "<li>ada and 2 others reviewed Heat <span"));
  CHECK(contains(mail.text, "/api/notifications/unsubscribe/token\n"));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"List-Unsubscribe", "<https://films.example.org/api/notifications/unsubscribe/token>"},
      {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
      {"Auto-Submitted", "auto-generated"}};
  CHECK(mail.headers == expected);
}

TEST_CASE("a digest counts, and says what it does not list") {
  auto content = content_of({review(1, "Heat"), review(2, "Ronin")});
  content.more = 5;
  const auto mail = compose(content, names());
  CHECK(mail.subject == "7 new notifications");
  CHECK(contains(mail.text, "And 5 more in your inbox."));
  CHECK(contains(mail.html, "And 5 more in your inbox."));
}

TEST_CASE("titles are text, in HTML too, and stay on their lines") {
  const auto mail = compose(content_of({review(1, "<b>{{name}}</b>\r\nBcc: x")}), {});
  CHECK(contains(mail.html, "Somebody reviewed &lt;b&gt;{{name}}&lt;/b&gt;"));
  CHECK_FALSE(contains(mail.html, "<b>"));
  CHECK(contains(mail.text, "<b>{{name}}</b>  Bcc: x"));
}

}  // namespace
}  // namespace marquee::notification
