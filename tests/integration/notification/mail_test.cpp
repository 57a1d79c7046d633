// Notifications by mail: who gets one, when, what stops it, and what happens while nobody takes it.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "libs/testing/smtp_server.h"
#include "tests/catch.h"
#include "tests/integration/notification/suite.h"

namespace marquee::notification::testing {
namespace {

using namespace std::chrono_literals;
using marquee::testing::SmtpServer;
using marquee::testing::TemporaryFolder;

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

// What a folder transport left.
std::vector<std::string> mails_in(const TemporaryFolder& folder) {
  std::vector<std::string> mails;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().extension() != ".eml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    mails.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return mails;
}

Config to_folder(const TemporaryFolder& folder) {
  Config config = quick_config();
  config.mail_folder = folder.path();
  config.public_url = "https://films.example.org";
  return config;
}

Config to_server(const SmtpServer& server) {
  Config config = quick_config();
  config.smtp.url = "smtp://127.0.0.1:" + std::to_string(server.port());
  config.smtp.starttls = false;
  config.smtp.connect_timeout = 2s;
  config.smtp.timeout = 5s;
  return config;
}

void want_mails(Suite& suite, std::int64_t user, bool digest = false) {
  v1::Settings change;
  change.set_email_notifications(true);
  change.set_email_digest(digest);
  suite.change(user, change);
}

bool nothing_waits(Suite& suite) {
  return eventually(
      [&] {
        return suite.count("SELECT count(*) FROM mail_items") == 0 &&
               suite.count("SELECT count(*) FROM mail_queue") == 0;
      },
      30s);
}

std::string token_in(const std::string& mail) {
  std::smatch match;
  const std::regex link(
      "List-Unsubscribe: <https://films[.]example[.]org"
      "/api/notifications/unsubscribe/([A-Za-z0-9_-]{43})>\r\n");
  REQUIRE(std::regex_search(mail, match, link));
  return match[1];
}

TEST_CASE("who wants mails gets them, and nobody else") {
  const TemporaryFolder folder;
  Suite suite(to_folder(folder));
  want_mails(suite, 2);
  want_mails(suite, 3);  // has no address
  suite.review(4, 17, 5);
  REQUIRE(suite.settled());
  REQUIRE(nothing_waits(suite));
  const auto mails = mails_in(folder);
  REQUIRE(mails.size() == 1);
  CHECK(contains(mails[0], "\r\nTo: bob <bob@example.org>\r\n"));
  CHECK(contains(mails[0], "\r\nSubject: dan reviewed Heat\r\n"));
  CHECK(contains(mails[0], "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  CHECK(contains(mails[0], "Hello bob,"));

  // Edits of films are not mailed unless that is switched on.
  suite.edit(4, 17);
  REQUIRE(suite.settled());
  REQUIRE(nothing_waits(suite));
  CHECK(mails_in(folder).size() == 1);
  v1::Settings change;
  change.mutable_matrix()->mutable_movie()->set_email(true);
  suite.change(2, change);
  suite.edit(1, 17);
  REQUIRE(suite.settled());
  REQUIRE(nothing_waits(suite));
  CHECK(mails_in(folder).size() == 2);
}

TEST_CASE("a digest gathers what is unread; what is read before is not in it") {
  const TemporaryFolder folder;
  Config config = to_folder(folder);
  config.mail_digest = 1h;
  Suite suite(config);
  suite.neighbours.add_film(18, "Ronin", {2});
  suite.neighbours.add_film(19, "Thief", {2});
  want_mails(suite, 1, true);
  want_mails(suite, 2, true);
  for (std::int64_t film : {17, 18, 19}) {
    suite.review(4, film, film);
    REQUIRE(suite.settled());
  }
  v1::MarkReadRequest read;
  read.set_id(suite.inbox_of(2).notifications(1).id());  // Ronin
  (*suite.replica)->inbox().mark_read(as(2), read);
  (*suite.replica)->inbox().mark_all_read(as(1), {});
  CHECK(mails_in(folder).empty());
  CHECK(suite.count("SELECT count(*) FROM mail_items") == 2);
  suite.run("UPDATE mail_items SET due_at = now()");
  suite.run("UPDATE mail_queue SET due_at = now()");
  REQUIRE(nothing_waits(suite));
  const auto mails = mails_in(folder);
  REQUIRE(mails.size() == 1);
  CHECK(contains(mails[0], "<bob@example.org>"));
  CHECK(contains(mails[0], "Subject: 2 new notifications\r\n"));
  CHECK(contains(mails[0], "- dan reviewed Thief"));
  CHECK(contains(mails[0], "- dan reviewed Heat"));
  CHECK_FALSE(contains(mails[0], "Ronin"));
}

TEST_CASE("what waits goes when its reader deletes it, switches mails off, or wants them at once") {
  const TemporaryFolder folder;
  Config config = to_folder(folder);
  config.mail_digest = 1h;
  Suite suite(config);
  for (std::int64_t user : {1, 2}) want_mails(suite, user, true);
  suite.review(4, 17, 5);
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM mail_items") == 2);
  v1::DeleteNotificationRequest deletion;
  deletion.set_id(suite.inbox_of(1).notifications(0).id());
  (*suite.replica)->inbox().remove(as(1), deletion);
  CHECK(suite.count("SELECT count(*) FROM mail_items") == 1);
  v1::Settings off;
  off.mutable_matrix()->mutable_review()->set_email(false);
  suite.change(2, off);
  CHECK(suite.count("SELECT count(*) FROM mail_items") == 0);
  off.mutable_matrix()->mutable_review()->set_email(true);
  suite.change(2, off);
  suite.review(1, 17, 6);
  REQUIRE(suite.settled());
  CHECK(suite.count("SELECT count(*) FROM mail_items") == 1);
  v1::Settings at_once;
  at_once.set_email_digest(false);
  suite.change(2, at_once);
  CHECK(eventually([&] { return mails_in(folder).size() == 1; }));
}

TEST_CASE("the link in a mail ends them for its reader, signed out, once and for all") {
  const TemporaryFolder folder;
  Suite suite(to_folder(folder));
  want_mails(suite, 1);
  want_mails(suite, 2);
  suite.review(4, 17, 5);
  REQUIRE(suite.settled());
  REQUIRE(nothing_waits(suite));
  auto mails = mails_in(folder);
  REQUIRE(mails.size() == 2);
  v1::UnsubscribeRequest request;
  request.set_token(token_in(contains(mails[0], "<bob@example.org>") ? mails[0] : mails[1]));
  auto& settings = (*suite.replica)->settings();
  CHECK(settings.show_unsubscribe(anonymous(), request).email_notifications());
  CHECK(settings.get(as(2), {}).settings().email_notifications());
  CHECK_FALSE(settings.unsubscribe(anonymous(), request).email_notifications());
  CHECK_FALSE(settings.unsubscribe(anonymous(), request).email_notifications());
  CHECK_FALSE(settings.show_unsubscribe(anonymous(), request).email_notifications());
  CHECK_FALSE(settings.get(as(2), {}).settings().email_notifications());
  CHECK(settings.get(as(1), {}).settings().email_notifications());
  suite.review(3, 17, 6);
  REQUIRE(suite.settled());
  REQUIRE(nothing_waits(suite));
  mails = mails_in(folder);
  CHECK(mails.size() == 3);

  for (const std::string bad : {"", "x", "' OR true --"}) {
    request.set_token(bad);
    CHECK(error_of([&] { settings.unsubscribe(anonymous(), request); }).code() == Code::kNotFound);
    CHECK(error_of([&] { settings.show_unsubscribe(anonymous(), request); }).code() ==
          Code::kNotFound);
  }
}

TEST_CASE("a dead mail server loses nothing: mails go when it is back, each once") {
  SmtpServer server;
  server.stop();
  Suite suite(to_server(server));
  Replica second(suite.database_url, suite.neighbours.target(), to_server(server));
  for (std::int64_t user : {1, 2}) want_mails(suite, user);
  suite.review(4, 17, 5);
  REQUIRE(suite.settled());
  REQUIRE(eventually(
      [&] { return suite.count("SELECT count(*) FROM mail_queue WHERE failures >= 2") == 2; }));
  const auto names = suite.count("SELECT count(DISTINCT mail_id) FROM mail_queue");
  CHECK(names == 2);
  suite.replica.reset();  // and a process ends meanwhile
  suite.replica =
      std::make_unique<Replica>(suite.database_url, suite.neighbours.target(), to_server(server));
  server.start();
  REQUIRE(nothing_waits(suite));
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  CHECK(contains(mails[0] + mails[1], "X-Envelope: no-reply@marquee.localhost ann@example.org"));
  CHECK(contains(mails[0] + mails[1], "X-Envelope: no-reply@marquee.localhost bob@example.org"));
}

TEST_CASE("a mail that the server refuses for good is given up, and holds up nobody") {
  SmtpServer server;
  Suite suite(to_server(server));
  suite.neighbours.add_user(1, "ann", "refused@example.org");
  suite.neighbours.add_user(3, "cyd", "later@example.org");
  for (std::int64_t user : {1, 2, 3}) want_mails(suite, user);
  suite.review(4, 17, 5);
  REQUIRE(suite.settled());
  REQUIRE(eventually([&] {
    return suite.count("SELECT count(*) FROM mail_queue WHERE user_id <> 3") == 0 &&
           suite.count("SELECT coalesce(max(failures), 0) FROM mail_queue") > kRefusalsMax;
  }));
  CHECK(server.mails().size() == 1);
  // What is given up is in the inbox still.
  CHECK(suite.unread(1) == 1);
}

TEST_CASE("what is read while the mail server is away is not mailed when it is back") {
  SmtpServer server;
  server.stop();
  Suite suite(to_server(server));
  want_mails(suite, 2);
  suite.review(4, 17, 5);
  REQUIRE(suite.settled());
  REQUIRE(eventually(
      [&] { return suite.count("SELECT count(*) FROM mail_queue WHERE failures > 0") == 1; }));
  (*suite.replica)->inbox().mark_all_read(as(2), {});
  server.start();
  REQUIRE(nothing_waits(suite));
  CHECK(server.mails().empty());
}

}  // namespace
}  // namespace marquee::notification::testing
