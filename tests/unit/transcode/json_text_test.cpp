#include "libs/transcode/json_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "libs/transcode/json_reader.h"
#include "libs/transcode/reply_writer.h"
#include "tests/catch.h"

namespace marquee::transcode {
namespace {

std::string quote(std::string_view text) {
  std::string out = "x";
  bool good = append_json_string(text, out);
  CHECK(good == is_utf8(text));
  CHECK(out[0] == 'x');
  if (!good) CHECK(out == "x");
  return good ? out.substr(1) : "bad";
}

template <typename Real>
std::string real(Real value) {
  std::string out;
  out.resize(kNumberTextMax);
  char* end = put_real(out.data(), value);
  if (end == nullptr) return "bad";
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

TEST_CASE("strings are escaped, at every place within a block") {
  CHECK(quote("") == "\"\"");
  CHECK(quote("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f") == R"("a\"b\\c/\b\f\n\r\t\u0001\u001f)"
                                                   "\x7f\"");
  for (std::size_t size = 0; size < 50; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\n';
      std::string expected = std::string(at, 'a') + "\\n" + std::string(size - at - 1, 'a');
      CHECK(quote(text) == '"' + expected + '"');
    }
  }
  std::string controls(1000, '\x02');
  CHECK(quote(controls).size() == 6002);
}

TEST_CASE("only well-formed UTF-8 is text") {
  for (const char* good : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
                           "a sentence with caf\xC3\xA9 and \xE6\x98\xA0\xE7\x94\xBB in it"}) {
    CHECK(quote(good) == '"' + std::string(good) + '"');
  }
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE1\x80",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "plain text, sixteen bytes and more \xFE"}) {
    CHECK(quote(bad) == "bad");
  }
}

TEST_CASE("numbers are as short as they can be and read back the same") {
  CHECK(real(0.0) == "0");
  CHECK(real(-0.0) == "-0");
  CHECK(real(5.0) == "5");
  CHECK(real(-5.0) == "-5");
  CHECK(real(7.5) == "7.5");
  CHECK(real(0.1) == "0.1");
  CHECK(real(-0.05) == "-0.05");
  CHECK(real(1234.125) == "1234.125");
  CHECK(real(0.001) == "0.001");
  CHECK(real(0.1 + 0.2) == "0.30000000000000004");
  CHECK(real(1.0 / 3) == "0.3333333333333333");
  CHECK(real(100000.0) == "100000");
  CHECK(real(1e22) == "1e+22");
  CHECK(real(5e-324) == "5e-324");
  CHECK(real(0.1f) == "0.1");
  CHECK(real(999.999f) == "999.999");
  CHECK(real(16777216.0f) == "16777216");
  CHECK(real(std::numeric_limits<double>::quiet_NaN()) == "bad");
  CHECK(real(std::numeric_limits<float>::infinity()) == "bad");
  for (int i = -20'000; i < 20'000; ++i) {
    double value = i / 1000.0;
    if (std::strtod(real(value).c_str(), nullptr) != value) FAIL(value);
    auto narrow = static_cast<float>(value);
    if (std::strtof(real(narrow).c_str(), nullptr) != narrow) FAIL(narrow);
    double near = std::nextafter(value, 1e9);
    if (std::strtod(real(near).c_str(), nullptr) != near) FAIL(near);
  }
}

// std::to_chars prefers an exponent where it is shorter: "1e+05". Then the same digits without one
// are as good.
template <typename Real>
bool is_shortest(Real value) {
  char plain[64];
  char fixed[400];
  std::string_view expected(
      plain, static_cast<std::size_t>(std::to_chars(plain, plain + 64, value).ptr - plain));
  std::string text = real(value);
  if (text == expected) return true;
  auto end = std::to_chars(fixed, fixed + 400, value, std::chars_format::fixed).ptr;
  return expected.find('e') != std::string_view::npos &&
         text == std::string_view(fixed, static_cast<std::size_t>(end - fixed));
}

TEST_CASE("numbers are what std::to_chars makes of them") {
  std::mt19937_64 random(9);
  auto check = [](double value) {
    auto narrow = static_cast<float>(value);
    if (!is_shortest(value) || !is_shortest(-value)) FAIL(value);
    if (std::isfinite(narrow) && !is_shortest(narrow)) FAIL(narrow);
  };
  for (double scale : {1.0, 2.0, 8.0, 10.0, 16.0, 100.0, 1000.0, 10'000.0}) {
    for (int i = 0; i < 10'000; ++i) {
      auto whole = static_cast<double>(i);
      auto large = static_cast<double>(random() >> (4 + random() % 60));
      for (double value : {whole / scale, large / scale}) {
        check(value);
        check(std::nextafter(value, 1e300));
        check(std::nextafter(value, 0.0));
      }
    }
  }
  for (int i = 0; i < 50'000; ++i) {
    auto value = std::bit_cast<double>(random());
    if (std::isfinite(value)) check(value);
    auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(narrow)) check(narrow);
  }
}

TEST_CASE("integers of every length") {
  auto check = [](auto value) {
    char text[kNumberTextMax];
    std::string_view written(text, static_cast<std::size_t>(put_integer(text, value) - text));
    if (written != std::to_string(value)) FAIL(value);
  };
  for (int i = -20'000; i <= 20'000; ++i) check(i);
  for (std::uint64_t power = 1; power < 10'000'000'000'000'000'000u; power *= 10) {
    for (std::uint64_t value : {power - 1, power, power + 1}) {
      check(value);
      check(-static_cast<std::int64_t>(value));
    }
  }
  check(std::numeric_limits<std::int64_t>::min());
  check(std::numeric_limits<std::int32_t>::min());
  check(std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("JSON values are told from anything else") {
  for (const char* good : {"1", " [ ] ", "{\"a\":[true,false,null,-1.5e+3,\"x\"]}", "\"\"", "-0"}) {
    CHECK(is_json(good, 8));
  }
  for (const char* bad : {"", " ", "1 2", "[1,]", "{\"a\"}", "{a:1}", "'x'", "01", "nul",
                          "\"\\ud800\"", "\"\t\"", "[", "]", "[}", "\"\xff\""}) {
    CHECK_FALSE(is_json(bad, 8));
  }
  CHECK(is_json("[[[[[[[[]]]]]]]]", 8));
  CHECK_FALSE(is_json("[[[[[[[[[]]]]]]]]]", 8));
  CHECK(number_length("12.5e-3x") == 7);
  CHECK(number_length("-") == 0);
}

}  // namespace
}  // namespace marquee::transcode
