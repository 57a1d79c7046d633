#include <limits>

#include "libs/transcode/reply_writer.h"
#include "tests/catch.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

using testapi::v1::Everything;
using testapi::v1::Film;
using testapi::v1::FilmPage;

struct Reply {
  std::string wire;
  std::string json;
  ReplyMarks marks;
};

Reply write(const std::string& plan, std::string wire, const ReplyOptions& options = {}) {
  Reply reply{std::move(wire), "before", {}};
  bool good = write_reply(test_plan(plan), reply.wire, options, reply.json, reply.marks);
  CHECK(reply.json.starts_with("before"));
  reply.json.erase(0, 6);
  if (!good) {
    CHECK(reply.json.empty());
    reply.json = "malformed";
  }
  return reply;
}

Reply write(const Film& film, const ReplyOptions& options = {}) {
  return write("Film", film.SerializeAsString(), options);
}

TEST_CASE("unset values: null with presence, else the zero value") {
  CHECK(write("Everything", "").json ==
        R"({"flag":false,"small":0,"big":0,"usmall":0,"ubig":0,"ssmall":0,"sbig":0,"fsmall":0,)"
        R"("fbig":0,"sfsmall":0,"sfbig":0,"ratio":0,"rating":0,"title":"","blob":"",)"
        R"("kind":"unspecified","nested":null,"at":null,"o_flag":null,"o_small":null,)"
        R"("o_big":null,"o_rating":null,"o_title":null,"o_blob":null,"o_kind":null,"flags":[],)"
        R"("smalls":[],"bigs":[],"sbigs":[],"fsmalls":[],"ratings":[],"titles":[],"blobs":[],)"
        R"("kinds":[],"cast":[],"times":[],"ratios":[],"labels":{},"counts":{},"people":{},)"
        R"("kinds_by_name":{},"seen":{},"by_name":null,"by_id":null,"by_person":null})");
  CHECK(write("Everything.Nested", "").json == R"({"name":"","rank":null,"child":null,"cast":[]})");
}

TEST_CASE("aliases are written beside names; hidden things are not written") {
  Film film;
  film.set_id(7);
  film.set_overview("o");
  film.set_secret_note("s");
  film.set_token("t");
  film.set_created(true);
  film.set_message("m");
  film.add_genres("g");
  film.set_next_cursor("c");
  Reply reply = write(film);
  CHECK(reply.json ==
        R"({"id":7,"overview":"o","description":"o","message":"m","details":null,)"
        R"("trailer":null,"trailer_url":null,"genres":["g"],"tags":["g"],"next_cursor":"c"})");
  CHECK(reply.marks.status == 201);
  CHECK(reply.marks.session_token == "t");
  CHECK(reply.marks.session_token.data() >= reply.wire.data());
  CHECK(reply.marks.next_cursor == "c");
  film.set_created(false);
  CHECK(write(film).marks.status == 0);
}

TEST_CASE("texts of cached answers") {
  Film film;
  film.set_message("fresh");
  ReplyOptions cached;
  cached.from_cache = true;
  CHECK(write(film, cached).json.find(R"("message":"Movies \"from\" cache")") != std::string::npos);
  CHECK(write("Film", "", cached).json.find(R"(\"from\")") != std::string::npos);
  CHECK(write(film).json.find(R"("message":"fresh")") != std::string::npos);
}

TEST_CASE("raw JSON goes through when it is JSON") {
  Film film;
  film.set_details(R"({"a": [1]})");
  film.set_trailer("{oops");
  std::string json = write(film).json;
  CHECK(json.find(R"("details":{"a": [1]})") != std::string::npos);
  CHECK(json.find(R"("trailer":null,"trailer_url":null)") != std::string::npos);
}

TEST_CASE("the success flag opens every object") {
  ReplyOptions options;
  options.success_flag = true;
  CHECK(write("GetFilmRequest", "", options).json == R"({"success":true,"id":0})");
  CHECK(write("WithSuccess", "\x08\x01", options).json == R"({"success":true})");
  const auto& empty = *test_api().find_message("google.protobuf.Empty");
  std::string out;
  ReplyMarks marks;
  CHECK(write_reply(empty, "", options, out, marks));
  CHECK(out == R"({"success":true})");
  out.clear();
  CHECK(write_reply(empty, "", {}, out, marks));
  CHECK(out == "{}");
}

TEST_CASE("response_body writes one field; the marks are read all the same") {
  FilmPage page;
  page.add_films()->set_id(1);
  page.add_films()->set_id(2);
  page.set_next_cursor("next");
  page.set_failed(true);
  page.mutable_top()->set_id(3);
  ReplyOptions options;
  options.only = test_plan("FilmPage").by_name("films");
  options.success_flag = true;
  Reply reply = write("FilmPage", page.SerializeAsString(), options);
  CHECK(reply.json.starts_with(R"([{"id":1,)"));
  CHECK(reply.json.ends_with("]"));
  CHECK(reply.marks.next_cursor == "next");
  CHECK(reply.marks.status == 500);
  CHECK(write("FilmPage", "", options).json == "[]");
  options.only = test_plan("FilmPage").by_name("top");
  CHECK(write("FilmPage", page.SerializeAsString(), options)
            .json.starts_with(R"({"success":true,"id":3,)"));
  options.only = test_plan("FilmPage").by_name("count");
  CHECK(write("FilmPage", page.SerializeAsString(), options).json == "0");
}

TEST_CASE("marks come from the top level alone") {
  FilmPage page;
  page.mutable_top()->set_token("inner");
  page.mutable_top()->set_created(true);
  page.mutable_top()->set_next_cursor("inner");
  Reply reply = write("FilmPage", page.SerializeAsString());
  CHECK(reply.marks.session_token.empty());
  CHECK(reply.marks.next_cursor.empty());
  CHECK(reply.marks.status == 0);
}

TEST_CASE("the last of a singular field wins, split messages merge, lists interleave") {
  Film first;
  first.set_id(1);
  first.set_overview("a");
  first.add_genres("x");
  Film second;
  second.set_id(2);
  second.add_genres("y");
  CHECK(write("Film", first.SerializeAsString() + second.SerializeAsString())
            .json.starts_with(R"({"id":2,"overview":"a","description":"a",)"));
  CHECK(write("Film", first.SerializeAsString() + second.SerializeAsString())
            .json.find(R"("genres":["x","y"])") != std::string::npos);

  Everything one;
  one.mutable_nested()->set_name("n");
  one.mutable_nested()->mutable_child()->set_small(1);
  one.mutable_at()->set_seconds(5);
  Everything two;
  two.mutable_nested()->mutable_child()->set_big(2);
  two.mutable_at()->set_nanos(5'000'000);
  std::string split = one.SerializeAsString() + two.SerializeAsString();
  one.MergeFrom(two);
  CHECK(write("Everything", split).json == write("Everything", one.SerializeAsString()).json);
}

TEST_CASE("of a mark that comes twice, the last one counts") {
  // created, id, created again: the second one shows the disorder.
  CHECK(write("Film", std::string("\x28\x01\x08\x05\x28\x00", 6)).marks.status == 0);
  CHECK(write("Film", std::string("\x28\x00\x08\x05\x28\x01", 6)).marks.status == 201);
  CHECK(write("Film", "\x52\x01x\x08\x05\x52\x01y").marks.next_cursor == "y");
}

TEST_CASE("what a later field replaces is not looked at") {
  CHECK(write("Film", "\x12\x01\xff\x08\x05\x12\x01o")
            .json.starts_with(R"({"id":5,"overview":"o",)"));
  CHECK(write("Film", "\x52\x01\xff\x08\x05\x52\x01y").marks.next_cursor == "y");
  CHECK(write("Film", "\x12\x01o\x08\x05\x12\x01\xff").json == "malformed");
}

TEST_CASE("fields that are not declared in the order of their numbers") {
  CHECK(write("Little", "\x18\x05\x72\x01x").json == R"({"title":"x","big":5})");
  CHECK(write("Little", "\x72\x01x\x18\x05").json == R"({"title":"x","big":5})");
  CHECK(write("Little", "\x18\x05").json == R"({"title":"","big":5})");
}

TEST_CASE("long names") {
  testapi::v1::LongNames names;
  names.set_a_number_whose_name_is_longer_than_most(5);
  CHECK(write("LongNames", names.SerializeAsString()).json ==
        R"({"a_number_whose_name_is_longer_than_most":5,)"
        R"("a_text_whose_name_is_longer_than_any_other":""})");
  CHECK(write("LongNames", "").json == R"({"a_number_whose_name_is_longer_than_most":null,)"
                                       R"("a_text_whose_name_is_longer_than_any_other":""})");
}

// What follows a string on the wire is looked at together with its end.
TEST_CASE("strings do not see what is behind them") {
  auto quoted = [](const std::string& text) {
    std::string out;
    REQUIRE(append_json_string(text, out));
    return out;
  };
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      for (const char* special : {"\"", "\n", "\xC3\xA9"}) {
        std::string text = std::string(at, 'a') + special + std::string(size - at, 'b');
        testapi::v1::WithTexts message;
        message.set_first(std::string(size, 'c'));
        message.set_second(text);
        message.set_third(text);
        std::string expected = "{\"first\":" + quoted(message.first()) +
                               ",\"second\":" + quoted(text) + ",\"third\":" + quoted(text) + '}';
        REQUIRE(write("WithTexts", message.SerializeAsString()).json == expected);
      }
    }
    std::string cut(size, 'a');
    CHECK(write("WithTexts", '\x0a' + std::string(1, static_cast<char>(size + 1)) + cut +
                                 "\xC3\x12\x10sixteen letters.")
              .json == "malformed");
  }
}

TEST_CASE("packed and unpacked lists are the same") {
  // smalls (packed in the .proto) = 32, bigs (unpacked) = 33.
  std::string packed =
      "\x82\x02\x02\x01\x02"
      "\x8a\x02\x02\x03\x04";
  std::string unpacked = "\x80\x02\x01\x88\x02\x03\x80\x02\x02\x88\x02\x04";
  std::string mixed = "\x80\x02\x01\x8a\x02\x02\x03\x04\x82\x02\x01\x02";
  std::string expected = write("Everything", packed).json;
  CHECK(expected.find(R"("smalls":[1,2],"bigs":[3,4])") != std::string::npos);
  CHECK(write("Everything", unpacked).json == expected);
  CHECK(write("Everything", mixed).json == expected);
  // ratings: a packed run that ends within a double.
  CHECK(write("Everything", std::string("\xa2\x02\x04\0\0\0\0", 7)).json == "malformed");
}

TEST_CASE("unknown fields and known ones of another wire type are skipped") {
  Everything all;
  all.set_title("t");
  all.set_big(5);
  all.set_small(1);
  all.mutable_nested()->set_name("n");
  CHECK(write("Little", all.SerializeAsString()).json == R"({"title":"t","big":5})");
  // title as varint, big as text.
  CHECK(write("Little", "\x70\x01\x1a\x01x").json == R"({"title":"","big":0})");
  // A number far above the table.
  CHECK(write("Little", "\xf8\xff\xff\xff\x0f\x01").json == R"({"title":"","big":0})");
}

TEST_CASE("enum values without a name are numbers") {
  Everything all;
  all.set_kind(static_cast<testapi::v1::ProjectType>(77));
  all.add_kinds(testapi::v1::PROJECT_TYPE_LOST);
  std::string json = write("Everything", all.SerializeAsString()).json;
  CHECK(json.find(R"("kind":77)") != std::string::npos);
  CHECK(json.find(R"("kinds":["lost"])") != std::string::npos);
}

TEST_CASE("maps are objects; entries may lack their key or value") {
  Everything all;
  (*all.mutable_labels())["a\"b"] = "c";
  (*all.mutable_people())["p"].set_rank(1);
  std::string json = write("Everything", all.SerializeAsString()).json;
  CHECK(json.find(R"("labels":{"a\"b":"c"})") != std::string::npos);
  CHECK(json.find(R"("people":{"p":{"name":"","rank":1,"child":null,"cast":[]}})") !=
        std::string::npos);
  // labels = 51, people = 53, seen = 55 with empty entries.
  json = write("Everything", std::string("\x9a\x03\x00\xaa\x03\x00\xba\x03\x00", 9)).json;
  CHECK(json.find(R"("labels":{"":""})") != std::string::npos);
  CHECK(json.find(R"("people":{"":{"name":"","rank":null,"child":null,"cast":[]}})") !=
        std::string::npos);
  CHECK(json.find(R"("seen":{"":"1970-01-01T00:00:00Z"})") != std::string::npos);
}

TEST_CASE("what has no JSON form is refused") {
  Everything all;
  all.set_rating(std::numeric_limits<double>::infinity());
  CHECK(write("Everything", all.SerializeAsString()).json == "malformed");
  all.set_rating(std::numeric_limits<double>::quiet_NaN());
  CHECK(write("Everything", all.SerializeAsString()).json == "malformed");
  all.Clear();
  all.set_ratio(std::numeric_limits<float>::infinity());
  CHECK(write("Everything", all.SerializeAsString()).json == "malformed");
  all.Clear();
  all.mutable_at()->set_seconds(1'000'000'000'000);
  CHECK(write("Everything", all.SerializeAsString()).json == "malformed");
  CHECK(write("Film", "\x12\x01\xff").json == "malformed");
  CHECK(write("Film", "\x22\x01\xff").json == "malformed");  // session_token
  CHECK(write("Film", "\x1a\x01\xff").json != "malformed");  // hidden: not looked at
}

TEST_CASE("nesting is bounded") {
  auto nested = [](int levels) {
    // Everything.nested.child.nested...
    std::string wire;
    for (int i = levels; i > 0; --i) {
      std::string outer = i % 2 == 1 ? "\x8a\x01" : "\x1a";
      for (std::size_t size = wire.size(); true; size >>= 7) {
        outer += static_cast<char>((size & 0x7f) | (size >= 0x80 ? 0x80 : 0));
        if (size < 0x80) break;
      }
      wire = outer + wire;
    }
    return wire;
  };
  CHECK(write("Everything", nested(63)).json != "malformed");
  CHECK(write("Everything", nested(64)).json == "malformed");
  CHECK(write("Everything", nested(5000)).json == "malformed");
}

}  // namespace
}  // namespace marquee::transcode
