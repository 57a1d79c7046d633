#include "services/movie/importer/csv_reader.h"

#include <sstream>

#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

using Fields = std::vector<std::string>;
using Next = CsvReader::Next;

struct Record {
  Next next;
  Fields fields;
  std::string raw;
  std::string error;
  std::uint64_t line;
};

std::vector<Record> read_all(const std::string& text, CsvLimits limits = {}) {
  std::istringstream in(text);
  CsvReader reader(in, limits);
  std::vector<Record> records;
  for (;;) {
    auto next = reader.next();
    if (next == Next::kEnd) return records;
    records.push_back({next, Fields(reader.fields().begin(), reader.fields().end()),
                       std::string(reader.raw()), std::string(reader.error()), reader.line()});
  }
}

std::vector<Fields> fields_of(const std::string& text) {
  std::vector<Fields> all;
  for (auto& record : read_all(text)) {
    REQUIRE(record.next == Next::kRecord);
    all.push_back(std::move(record.fields));
  }
  return all;
}

TEST_CASE("CSV records are read whatever their line ends and quotes") {
  const std::vector<Fields> two = {{"a", "b"}, {"1", "2"}};
  CHECK(fields_of("a,b\n1,2\n") == two);
  CHECK(fields_of("a,b\r\n1,2\r\n") == two);
  CHECK(fields_of("a,b\r\n1,2") == two);
  CHECK(fields_of("\xef\xbb\xbf"
                  "a,b\n\n\r\n1,2\n") == two);
  CHECK(fields_of("\"a\",\"b\"\r\n\"1\",\"2\"") == two);
  CHECK(fields_of("") == std::vector<Fields>{});
  CHECK(fields_of("a,\n,\n\"\"") == std::vector<Fields>{{"a", ""}, {"", ""}, {""}});
  CHECK(fields_of("\"a \"\"b\"\", c\",\"\"\"\"\n") == std::vector<Fields>{{"a \"b\", c", "\""}});
  CHECK(fields_of("\"one\r\ntwo\n\",x\n") == std::vector<Fields>{{"one\r\ntwo\n", "x"}});
}

TEST_CASE("CSV records know their line and their place") {
  std::istringstream in("h\n\n\"a\nb\nc\"\nd\n");
  CsvReader reader(in);
  REQUIRE(reader.next() == Next::kRecord);
  CHECK(reader.line() == 1);
  REQUIRE(reader.next() == Next::kRecord);
  CHECK(reader.line() == 3);
  CHECK(reader.position().line == 6);
  const auto place = reader.position();
  REQUIRE(reader.next() == Next::kRecord);
  CHECK(reader.line() == 6);

  in.clear();
  in.seekg(static_cast<std::streamoff>(place.offset));
  CsvReader later(in, {}, place);
  REQUIRE(later.next() == Next::kRecord);
  CHECK(later.fields().front() == "d");
  CHECK(later.line() == 6);
  CHECK(later.next() == Next::kEnd);
}

TEST_CASE("A broken CSV record costs its first line only") {
  auto [text, reason] = GENERATE(
      table<std::string, std::string>({{"\"open,x", "a quoted field is not closed"},
                                       {"a\"b,x", "a quote inside an unquoted field"},
                                       {"\"a\"b,x", "text behind a closing quote"},
                                       {"a\rb,x", "a carriage return without line feed"},
                                       {"\"a\"\rb,x", "a carriage return without line feed"},
                                       {std::string("a\0b,x", 5), "a NUL byte"},
                                       {"a\xff,x", "not valid UTF-8"},
                                       {"\xc0\x80,x", "not valid UTF-8"},
                                       {"1,2,3,4,5", "more than 4 fields"}}));
  CAPTURE(text);
  CsvLimits limits;
  limits.fields_max = 4;
  auto records = read_all("h,h\n" + text + "\nnext,1\nlast,2\n", limits);
  REQUIRE(records.size() == 4);
  CHECK(records[1].next == Next::kBad);
  CHECK(records[1].error == reason);
  CHECK(records[1].raw == text);
  CHECK(records[1].line == 2);
  CHECK(records[2].fields == Fields{"next", "1"});
  CHECK(records[2].line == 3);
  CHECK(records[3].fields == Fields{"last", "2"});
}

TEST_CASE("A CSV record beyond the limit is dropped without being kept in memory") {
  CsvLimits limits;
  limits.record_bytes_max = 1000;
  auto quoted = GENERATE(false, true);
  std::string huge(3'000'000, 'x');
  auto records = read_all((quoted ? "\"" + huge + "\"" : huge) + "\na,b\n", limits);
  REQUIRE(records.size() == 2);
  CHECK(records[0].next == Next::kBad);
  CHECK(records[0].error == "the record is longer than 1000 bytes");
  CHECK(records[0].raw.size() == CsvReader::kRawOfBadMax);
  CHECK(records[1].fields == Fields{"a", "b"});
  CHECK(records[1].line == 2);
}

TEST_CASE("CSV records may be longer than a block") {
  std::string long_field;
  for (int i = 0; i < 60'000; ++i) long_field += "line " + std::to_string(i) + "\n";
  std::string text = "id,text\n1,\"" + long_field + "\"\n2,\"\"\"" + long_field + "\"\n";
  auto all = fields_of(text);
  REQUIRE(all.size() == 3);
  CHECK(all[1][1] == long_field);
  CHECK(all[2][1] == "\"" + long_field);
}

}  // namespace
}  // namespace marquee::movie::importer
