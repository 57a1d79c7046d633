#include <cmath>
#include <limits>

#include "libs/transcode/request_encoder.h"
#include "tests/catch.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

using testapi::v1::Everything;
using testapi::v1::SaveFilmRequest;

template <typename Message = SaveFilmRequest>
Message encode(std::string_view json) {
  std::string name = Message::descriptor()->full_name();
  std::string wire;
  auto error = encode_json(*test_api().find_message(name), json, wire);
  CAPTURE(json);
  if (error) FAIL(error->reason << ": " << error->field << ": " << error->message);
  Message message;
  REQUIRE(message.ParseFromString(wire));
  return message;
}

// "reason | field | message".
template <typename Message = SaveFilmRequest>
std::string complaint(std::string_view json) {
  std::string wire = "kept";
  auto error =
      encode_json(*test_api().find_message(Message::descriptor()->full_name()), json, wire);
  CHECK(wire.starts_with("kept"));
  if (!error) return "none";
  CHECK(wire == "kept");
  return error->reason + " | " + error->field + " | " + error->message;
}

TEST_CASE("names and aliases are read, unknown ones ignored, the last wins") {
  auto film = encode(R"( {"film_id": 7, "description":"d", "rating" : 7.5, "what":[{"x":null}],
                          "genres":["a","b"], "published": true} )");
  CHECK(film.film_id() == 7);
  CHECK(film.overview() == "d");
  CHECK(film.rating() == 7.5);
  CHECK(film.genres_size() == 2);
  CHECK(film.published());
  CHECK(encode(R"({"overview":"a","description":"b"})").overview() == "b");
  CHECK(encode(R"({"description":"b","overview":"a"})").overview() == "a");
  CHECK(encode(R"({"\u0066ilm_id":8})").film_id() == 8);
  CHECK(encode("{}").ByteSizeLong() == 0);
}

TEST_CASE("a repeated name replaces a list, an object and a value whole") {
  auto film = encode(
      R"({"genres":["a","b"],"director":{"name":"x","rank":1},"counts":{"a":1},"film_id":3,
          "genres":["c"],"director":{"rank":2},"counts":{"b":2},"film_id":null,"overview":"kept"})");
  REQUIRE(film.genres_size() == 1);
  CHECK(film.genres(0) == "c");
  CHECK(film.director().name().empty());
  CHECK(film.director().rank() == 2);
  CHECK(film.counts().size() == 1);
  CHECK(film.film_id() == 0);
  CHECK(film.overview() == "kept");
  auto again = encode(R"({"overview":"long enough","rating":1,"overview":null,"rating":2})");
  CHECK(again.overview().empty());
  CHECK(again.rating() == 2);
}

TEST_CASE("presence: zero is given, null and an empty date or number are not") {
  CHECK(encode(R"({"rating":0})").has_rating());
  CHECK_FALSE(encode(R"({"rating":null})").has_rating());
  CHECK_FALSE(encode(R"({"rating":""})").has_rating());
  CHECK_FALSE(encode(R"({"released_at":""})").has_released_at());
  CHECK_FALSE(encode(R"({"released_at":null})").has_released_at());
  CHECK(encode(R"({"trailer":""})").has_trailer());
  CHECK_FALSE(
      encode(R"({"trailer":null,"genres":null,"counts":null,"director":null})").has_trailer());
  CHECK(encode(R"({"director":{}})").has_director());
  CHECK(encode<Everything>(R"({"o_flag":false})").has_o_flag());
  CHECK(encode<Everything>(R"({"o_small":0})").has_o_small());
  CHECK(encode<Everything>(R"({"o_kind":"unspecified"})").has_o_kind());
  CHECK(encode<Everything>(R"({"o_blob":""})").has_o_blob());
  CHECK(encode<Everything>(R"({"by_id":0})").has_by_id());
}

TEST_CASE("numbers keep every bit, as numbers and as strings") {
  auto all = encode<Everything>(
      R"({"big":-9223372036854775808,"ubig":18446744073709551615,"small":"-2147483648",
          "sbig":"9223372036854775807","usmall":4294967295,"ssmall":-1,"fsmall":1e2,"fbig":5.0,
          "sfsmall":-7,"sfbig":"-8","ratio":0.1,"rating":"1e-7"})");
  CHECK(all.big() == std::numeric_limits<std::int64_t>::min());
  CHECK(all.ubig() == std::numeric_limits<std::uint64_t>::max());
  CHECK(all.small() == std::numeric_limits<std::int32_t>::min());
  CHECK(all.sbig() == std::numeric_limits<std::int64_t>::max());
  CHECK(all.usmall() == 4294967295u);
  CHECK(all.ssmall() == -1);
  CHECK(all.fsmall() == 100);
  CHECK(all.fbig() == 5);
  CHECK(all.sfsmall() == -7);
  CHECK(all.sfbig() == -8);
  CHECK(all.ratio() == 0.1f);
  CHECK(all.rating() == 1e-7);
  CHECK(std::signbit(encode<Everything>(R"({"rating":-0})").rating()));
  CHECK(encode<Everything>(R"({"ubig":-0})").ubig() == 0);
  CHECK(encode<Everything>(R"({"rating":1e-400})").rating() == 0);
  CHECK(encode<Everything>(R"({"rating":5e-324})").rating() == 5e-324);
}

TEST_CASE("strings: escapes, pairs, loose ones") {
  CHECK(encode(R"({"overview":"a\"\\\/\b\f\n\r\té\ud83d\ude00z"})").overview() ==
        "a\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80z");
  std::string longer(300, 'x');
  CHECK(encode("{\"overview\":\"" + longer + "\\n\"}").overview() == longer + "\n");
  CHECK(encode(R"({"year":1999})").year() == "1999");
  CHECK(encode(R"({"year":1.50e1})").year() == "1.50e1");
  CHECK(encode(R"({"year":true})").year() == "true");
  CHECK(encode(R"({"year":"1999"})").year() == "1999");
}

TEST_CASE("what is read in upper case") {
  auto shelf = [](const std::string& json) {
    return encode<testapi::v1::KindRequest>("{\"name\":\"aZ\",\"shelf\":" + json + "}").shelf();
  };
  CHECK(shelf(R"("news")") == "NEWS");
  CHECK(shelf(R"("@az[`AZ{9\u00e9\u0061")") ==
        "@AZ[`AZ{9\xC3\xA9"
        "A");
  CHECK(shelf(R"("")").empty());
  CHECK(encode<testapi::v1::KindRequest>(R"({"name":"aZ"})").name() == "aZ");
}

TEST_CASE("enums, bytes, date-times, maps, raw JSON") {
  CHECK(encode(R"({"kind":"short_film"})").kind() == testapi::v1::PROJECT_TYPE_SHORT_FILM);
  CHECK(encode(R"({"kind":"lost"})").kind() == testapi::v1::PROJECT_TYPE_LOST);
  CHECK(encode(R"({"poster":"AP+/"})").poster() == std::string("\0\xff\xbf", 3));
  CHECK(encode(R"({"poster":"AP-_"})").poster() == std::string("\0\xff\xbf", 3));
  CHECK(encode(R"({"poster":"YQ=="})").poster() == "a");
  CHECK(encode(R"({"poster":"YQ"})").poster() == "a");
  CHECK(encode(R"({"poster":"YWI="})").poster() == "ab");
  auto at = encode(R"({"released_at":"1970-01-01T00:01:00.5+00:00"})").released_at();
  CHECK(at.seconds() == 60);
  CHECK(at.nanos() == 500'000'000);
  CHECK(encode(R"({"released_at":"1970-01-01T00:00:00Z"})").has_released_at());
  CHECK(encode(R"({"counts":{"a":1,"\u00e9":"2"}})").counts().at("\xC3\xA9") == 2);
  CHECK(encode(R"({"details": {"a" : [1, "x"]} })").details() == R"({"a" : [1, "x"]})");
  CHECK(encode(R"({"details":"text"})").details() == "\"text\"");
  CHECK(encode(R"({"ranks":[]})").ranks_size() == 0);
  CHECK(encode(R"({"ranks":[0,1,300]})").ranks(2) == 300);
  CHECK(encode<Everything>(R"({"people":{"a":{"cast":[{},{"rank":0}]}}})")
            .people()
            .at("a")
            .cast(1)
            .has_rank());
}

TEST_CASE("long nested messages get long prefixes") {
  std::string name(20'000, 'n');
  std::string json =
      "{\"nested\":{\"child\":{\"cast\":[{\"name\":\"" + name + "\"},{\"name\":\"b\"}]},";
  json += "\"name\":\"after\"}}";
  auto all = encode<Everything>(json);
  CHECK(all.nested().child().cast(0).name() == name);
  CHECK(all.nested().child().cast(1).name() == "b");
  CHECK(all.nested().name() == "after");
}

TEST_CASE("wrong types are refused with the field's path") {
  CHECK(complaint("[]") == "wrong_type |  | Body must be an object");
  CHECK(complaint("null") == "wrong_type |  | Body must be an object");
  CHECK(complaint(R"({"min_rating":"x"})") ==
        "wrong_type | min_rating | Min rating must be an integer");
  CHECK(complaint(R"({"min_rating":1.5})") ==
        "wrong_type | min_rating | Min rating must be an integer");
  CHECK(complaint(R"({"min_rating":true})") ==
        "wrong_type | min_rating | Min rating must be an integer");
  CHECK(complaint(R"({"min_rating":" 1"})") ==
        "wrong_type | min_rating | Min rating must be an integer");
  CHECK(complaint(R"({"rating":"good"})") == "wrong_type | rating | Rating must be a number");
  CHECK(complaint(R"({"rating":[]})") == "wrong_type | rating | Rating must be a number");
  CHECK(complaint(R"({"rating":{}})") == "wrong_type | rating | Rating must be a number");
  CHECK(complaint(R"({"rating":"NaN"})") == "wrong_type | rating | Rating must be a number");
  CHECK(complaint(R"({"overview":5})") == "wrong_type | overview | Overview must be a string");
  CHECK(complaint(R"({"description":5})") ==
        "wrong_type | description | Description must be a string");
  CHECK(complaint(R"({"published":1})") ==
        "wrong_type | published | Published must be true or false");
  CHECK(complaint(R"({"published":"true"})") ==
        "wrong_type | published | Published must be true or false");
  CHECK(complaint(R"({"genres":"a"})") == "wrong_type | genres | Genres must be a list");
  CHECK(complaint(R"({"genres":["a",1]})") ==
        "wrong_type | genres[1] | Genres[1] must be a string");
  CHECK(complaint(R"({"genres":[null]})") == "wrong_type | genres[0] | Genres[0] must be a string");
  CHECK(complaint(R"({"ranks":[1,""]})") == "wrong_type | ranks[1] | Ranks[1] must be an integer");
  CHECK(complaint(R"({"director":[]})") == "wrong_type | director | Director must be an object");
  CHECK(complaint(R"({"director":{"name":1}})") ==
        "wrong_type | director.name | Name must be a string");
  CHECK(complaint(R"({"director":{"cast":[{},{"cast":[{"rank":"x"}]}]}})") ==
        "wrong_type | director.cast[1].cast[0].rank | Rank must be an integer");
  CHECK(complaint(R"({"director":{"cast":[1]}})") ==
        "wrong_type | director.cast[0] | Cast[0] must be an object");
  CHECK(complaint(R"({"released_at":"yesterday"})") ==
        "wrong_type | released_at | Released at must be a date-time in RFC 3339");
  CHECK(complaint(R"({"released_at":5})") ==
        "wrong_type | released_at | Released at must be a date-time in RFC 3339");
  CHECK(complaint(R"({"kind":"musical"})") ==
        "wrong_type | kind | Kind must be one of: lost, short_film, feature");
  CHECK(complaint(R"({"kind":1})") ==
        "wrong_type | kind | Kind must be one of: lost, short_film, feature");
  CHECK(complaint(R"({"poster":"a"})") == "wrong_type | poster | Poster must be base64 text");
  CHECK(complaint(R"({"poster":"YR=="})") == "wrong_type | poster | Poster must be base64 text");
  CHECK(complaint(R"({"poster":"YQ=a"})") == "wrong_type | poster | Poster must be base64 text");
  CHECK(complaint(R"({"counts":[]})") == "wrong_type | counts | Counts must be an object");
  CHECK(complaint(R"({"counts":{"a":"x"}})") == "wrong_type | counts.a | A must be an integer");
  CHECK(complaint(R"({"counts":{"a":null}})") == "wrong_type | counts.a | A must be an integer");
}

TEST_CASE("out of range, U+0000, bad text") {
  CHECK(complaint(R"({"min_rating":2147483648})") ==
        "out_of_range | min_rating | Min rating is out of range");
  CHECK(complaint(R"({"min_rating":"-2147483649"})") ==
        "out_of_range | min_rating | Min rating is out of range");
  CHECK(complaint(R"({"film_id":9223372036854775808})") ==
        "out_of_range | film_id | Film id is out of range");
  CHECK(complaint(R"({"film_id":1e300})") == "out_of_range | film_id | Film id is out of range");
  CHECK(complaint(R"({"rating":1e999})") == "out_of_range | rating | Rating is out of range");
  CHECK(complaint<Everything>(R"({"ratio":1e39})") ==
        "out_of_range | ratio | Ratio is out of range");
  CHECK(complaint<Everything>(R"({"ubig":-1})") == "out_of_range | ubig | Ubig is out of range");
  CHECK(complaint(R"({"overview":"a\u0000"})") ==
        "invalid_utf8 | overview | Overview must not contain U+0000");
  CHECK(complaint(R"({"counts":{"\u0000":1}})") ==
        "invalid_utf8 | counts | Counts must not contain U+0000");
  CHECK(complaint("{\"overview\":\"\xff\"}") ==
        "invalid_utf8 |  | JSON parse error - invalid UTF-8 at byte 13");
  CHECK(complaint("{\"other\":\"\xc0\x80\"}").starts_with("invalid_utf8 | "));
  CHECK(complaint(R"({"overview":"\ud800"})") ==
        "invalid_utf8 |  | JSON parse error - unpaired surrogate at byte 13");
  CHECK(complaint(R"({"overview":"\ud800\u0041"})").starts_with("invalid_utf8 | "));
  CHECK(complaint(R"({"overview":"\udc00"})").starts_with("invalid_utf8 | "));
}

TEST_CASE("malformed JSON says what and where") {
  auto what = [](std::string_view json) {
    std::string text = complaint(json);
    const std::string head = "malformed_json |  | JSON parse error - ";
    return text.starts_with(head) ? text.substr(head.size()) : text;
  };
  CHECK(what("") == "unexpected end at byte 0");
  CHECK(what("  ") == "unexpected end at byte 2");
  CHECK(what("{") == "unexpected end at byte 1");
  CHECK(what("x") == "expected a value at byte 0");
  CHECK(what("{x") == "expected a name in quotes at byte 1");
  CHECK(what("{\"a\"") == "unexpected end at byte 4");
  CHECK(what("{\"a\" 1}") == "expected ':' at byte 5");
  CHECK(what("{\"a\":}") == "expected a value at byte 5");
  CHECK(what("{\"a\":1 2}") == "expected ',' or '}' at byte 7");
  CHECK(what("{\"a\":1,}") == "expected a name in quotes at byte 7");
  CHECK(what("{\"a\":[1 2]}") == "expected ',' or ']' at byte 8");
  CHECK(what("{\"a\":[1,]}") == "expected a value at byte 8");
  CHECK(what("{\"genres\":[\"a\",]}") == "expected a value at byte 15");
  CHECK(what("{} {}") == "unexpected text behind the value at byte 3");
  CHECK(what("{\"a\":01}") == "invalid number at byte 5");
  CHECK(what("{\"a\":1.}") == "invalid number at byte 5");
  CHECK(what("{\"a\":.5}") == "expected a value at byte 5");
  CHECK(what("{\"a\":-}") == "invalid number at byte 5");
  CHECK(what("{\"a\":1e}") == "invalid number at byte 5");
  CHECK(what("{\"a\":+1}") == "expected a value at byte 5");
  CHECK(what("{\"a\":NaN}") == "expected a value at byte 5");
  CHECK(what("{\"a\":tru}") == "expected a value at byte 5");
  CHECK(what("{\"a\":nul}") == "expected a value at byte 5");
  CHECK(what("{\"film_id\":nul}") == "expected a value at byte 11");
  CHECK(what("{\"a\":\"x") == "unexpected end at byte 7");
  CHECK(what("{\"a\":\"\n\"}") == "control character in a string at byte 6");
  CHECK(what("{\"a\":\"\\x\"}") == "invalid escape at byte 6");
  CHECK(what("{\"a\":\"\\u12g4\"}") == "invalid escape at byte 6");
  CHECK(what("{\"a\":\"\\") == "unexpected end at byte 6");
  CHECK(what("{'a':1}") == "expected a name in quotes at byte 1");
  CHECK(what("\xef\xbb\xbf{}") == "expected a value at byte 0");
  CHECK(what("{/**/}") == "expected a name in quotes at byte 1");
}

TEST_CASE("nesting is bounded, in known and in unknown members") {
  auto nested = [](int levels) {
    std::string json = "{\"other\":";
    for (int i = 1; i < levels; ++i) json += '[';
    for (int i = 1; i < levels; ++i) json += ']';
    return json + "}";
  };
  CHECK(complaint("{\"other\":" + std::string(31, '[') + std::string(31, ']') + "}") == "none");
  CHECK(complaint(nested(32)) == "none");
  CHECK(complaint(nested(33)) == "too_deep |  | JSON parse error - nested too deep at byte 40");
  std::string known = "{\"nested\":";
  for (int i = 0; i < 20; ++i) known += "{\"child\":{\"nested\":";
  CHECK(complaint<Everything>(known).starts_with("too_deep | "));
  CHECK(complaint("{\"details\":" + std::string(100'000, '[')).starts_with("too_deep | "));
}

}  // namespace
}  // namespace marquee::transcode
