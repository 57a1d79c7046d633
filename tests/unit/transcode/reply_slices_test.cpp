// Replies that came in pieces: the same bytes of JSON, the same marks, the same refusals.
#include <algorithm>
#include <memory>
#include <vector>

#include "libs/transcode/reply_writer.h"
#include "tests/catch.h"
#include "tests/unit/transcode/random_message.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

struct Outcome {
  bool good = false;
  std::string json = "before";
  std::string cursor;
};

Outcome write(const MessagePlan& plan, std::string_view wire) {
  Outcome outcome;
  ReplyMarks marks;
  outcome.good = write_reply(plan, wire, {}, outcome.json, marks);
  outcome.cursor = marks.next_cursor;
  return outcome;
}

// Each slice has memory of its own, of exactly its size.
Outcome write_cut(const MessagePlan& plan, std::string_view wire,
                  const std::vector<std::size_t>& cuts) {
  std::vector<std::unique_ptr<char[]>> memory;
  std::vector<std::string_view> slices;
  std::size_t begin = 0;
  auto add = [&](std::size_t end) {
    std::string_view part = wire.substr(begin, end - begin);
    auto& copy = memory.emplace_back(new char[part.size()]);
    part.copy(copy.get(), part.size());
    slices.emplace_back(copy.get(), part.size());
    begin = end;
  };
  for (std::size_t cut : cuts) add(cut);
  add(wire.size());
  Outcome outcome;
  ReplyMarks marks;
  std::string joined = "of an earlier reply";
  outcome.good = write_reply(plan, slices, {}, joined, outcome.json, marks);
  outcome.cursor = marks.next_cursor;
  return outcome;
}

void check(const MessagePlan& plan, std::string_view wire, const std::vector<std::size_t>& cuts) {
  Outcome whole = write(plan, wire);
  Outcome cut = write_cut(plan, wire, cuts);
  REQUIRE(cut.good == whole.good);
  REQUIRE(cut.json == whole.json);
  REQUIRE(cut.cursor == whole.cursor);
}

TEST_CASE("a reply cut at every byte") {
  testapi::v1::FilmPage page;
  for (int i = 0; i < 3; ++i) {
    auto& film = *page.add_films();
    film.set_id(1000 + i);
    film.set_overview("A caf\xC3\xA9 \"at\" night, seen from across the street");
    film.add_genres("Drama");
  }
  page.set_next_cursor("next");
  const MessagePlan& plan = test_plan("FilmPage");
  std::string wire = page.SerializeAsString();
  REQUIRE(write(plan, wire).good);
  check(plan, wire, {});
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    check(plan, wire, {cut});
    check(plan, wire, {cut, cut});
    check(plan, std::string_view(wire).substr(0, cut), {cut / 2});
  }
}

TEST_CASE("random replies cut at random") {
  RandomMessage random(11);
  const MessagePlan& plan = test_plan("Everything");
  for (int round = 0; round < 300; ++round) {
    testapi::v1::Everything message;
    random.fill(message, 2);
    std::string wire = message.SerializeAsString();
    if (random.below(4) == 0 && !wire.empty()) wire[random.below(wire.size())] ^= '\x11';
    std::vector<std::size_t> cuts(random.below(9));
    for (std::size_t& cut : cuts) cut = random.below(wire.size() + 1);
    std::sort(cuts.begin(), cuts.end());
    check(plan, wire, cuts);
  }
}

TEST_CASE("a reply of no slices is an empty one") {
  std::string joined;
  std::string json;
  ReplyMarks marks;
  CHECK(write_reply(test_plan("Little"), std::span<const std::string_view>(), {}, joined, json,
                    marks));
  CHECK(json == R"({"title":"","big":0})");
}

}  // namespace
}  // namespace marquee::transcode
