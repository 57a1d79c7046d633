#include "tests/catch.h"
#include "tests/integration/rooms/suite.h"

namespace marquee::rooms::testing {
namespace {

TEST_CASE("what a deleted user said goes, from the history and from the screens") {
  Suite suite;
  Heard heard("chat:NEWS");
  const auto first = suite.say(1, "NEWS", "one").id();
  suite.say(2, "NEWS", "two");
  suite.say(1, "MUSIC", "three");
  suite.auth.remove(1);
  tell_deleted(suite.database_url, 1);
  CHECK(eventually([&] { return suite.lines("NEWS").messages_size() == 1; }));
  CHECK(suite.lines("NEWS").messages(0).username() == "bob");
  CHECK(suite.lines("MUSIC").messages().empty());
  auto deleted = heard.wait<v1::ChatLineDeleted>(1);
  REQUIRE(deleted.size() == 1);
  CHECK(deleted[0].id() == first);
}

}  // namespace
}  // namespace marquee::rooms::testing
