// What people choose to be told, and that it is heeded.
#include "tests/catch.h"
#include "tests/integration/notification/suite.h"

namespace marquee::notification::testing {
namespace {

v1::Settings settings_of(Suite& suite, std::int64_t user) {
  return (*suite.replica)->settings().get(as(user), {}).settings();
}

TEST_CASE("unless somebody says otherwise, all is told in the app and nothing by mail") {
  Suite suite;
  const auto settings = settings_of(suite, 1);
  CHECK_FALSE(settings.email_notifications());
  CHECK(settings.push_notifications());
  CHECK(settings.email_digest());
  CHECK(settings.new_messages());
  CHECK(settings.project_updates());
  CHECK(settings.application_status());
  CHECK(settings.team_invites());
  CHECK(settings.matrix().review().inbox());
  CHECK(settings.matrix().review().email());
  CHECK_FALSE(settings.matrix().movie().email());
}

TEST_CASE("what is given changes, at either level, and of nobody else") {
  Suite suite;
  v1::Settings change;
  change.set_email_notifications(true);
  change.set_new_messages(false);
  change.mutable_matrix()->mutable_review()->set_push(false);
  auto settings = suite.change(1, change);
  CHECK(settings.email_notifications());
  CHECK_FALSE(settings.new_messages());
  CHECK_FALSE(settings.matrix().message().inbox());
  CHECK(settings.matrix().message().push());
  CHECK_FALSE(settings.matrix().review().push());
  CHECK(settings.matrix().review().inbox());

  v1::UpdateSettingsRequest flat;
  flat.set_team_invites(false);
  flat.set_new_messages(false);
  flat.mutable_settings()->set_new_messages(true);
  settings = (*suite.replica)->settings().update(as(1), flat).settings();
  CHECK_FALSE(settings.team_invites());
  CHECK(settings.new_messages());
  CHECK(settings.email_notifications());
  CHECK_FALSE(settings.matrix().review().push());
  CHECK(settings_of(suite, 1).SerializeAsString() == settings.SerializeAsString());

  CHECK_FALSE(settings_of(suite, 2).email_notifications());
  CHECK(settings_of(suite, 2).team_invites());
  CHECK(error_of([&] { (*suite.replica)->settings().get(anonymous(), {}); }).code() ==
        Code::kUnauthenticated);
  CHECK(error_of([&] { (*suite.replica)->settings().update(anonymous(), flat); }).code() ==
        Code::kUnauthenticated);
}

TEST_CASE("who wants no such notifications gets none; who wants no push is not pushed") {
  Suite suite;
  Ears ann(1);
  Ears bob(2);
  Ears cyd(3);
  v1::Settings none;
  none.mutable_matrix()->mutable_review()->set_inbox(false);
  suite.change(1, none);
  v1::Settings quiet;
  quiet.mutable_matrix()->mutable_review()->set_push(false);
  suite.change(2, quiet);
  suite.review(4, 17, 5);
  suite.edit(4, 17);
  REQUIRE(suite.settled());
  REQUIRE(eventually([&] { return cyd.news().size() == 2 && bob.news().size() == 1; }));
  CHECK(suite.messages(1, 1) == std::vector<std::string>{"dan edited Heat"});
  CHECK(suite.messages(2, 2).size() == 2);
  CHECK(bob.news()[0].notification().type() == v1::KIND_MOVIE);
  CHECK(bob.news()[0].unread_count() == suite.unread(2));
  REQUIRE(eventually([&] { return ann.news().size() == 1; }));
}

}  // namespace
}  // namespace marquee::notification::testing
