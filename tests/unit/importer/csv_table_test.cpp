#include "services/movie/importer/csv_table.h"

#include <unistd.h>

#include "libs/core/error.h"
#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

// A file that goes with the test.
struct File {
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("marquee_csv_table_" + std::to_string(getpid()) + ".csv");
  explicit File(const std::string& text) { write(text); }
  ~File() { std::filesystem::remove(path); }
  void write(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
};

CsvShape shape() {
  CsvShape shape;
  shape.required = {"id", "title"};
  shape.optional = {"year", "colour"};
  return shape;
}

std::string error_of(const std::filesystem::path& path) {
  try {
    CsvTable table(path, shape());
  } catch (const Error& error) {
    return error.message();
  }
  return "none";
}

TEST_CASE("Columns are found by name in any order") {
  File file("year,extra,title,id\r\n1999,x,\"The Matrix\",7\r\n");
  CsvTable table(file.path, shape());
  REQUIRE(table.next() == CsvReader::Next::kRecord);
  CHECK(table.text(0) == "7");
  CHECK(table.text(1) == "The Matrix");
  CHECK(table.text(2) == "1999");
  CHECK(table.text(3).empty());
  CHECK(table.next() == CsvReader::Next::kEnd);
}

TEST_CASE("A file without the needed header is refused with its name and line") {
  File file("id,name\n1,x\n");
  CHECK(error_of(file.path) ==
        file.path.string() + ":1: the column \"title\" is missing; the header is: id,name");
  file.write("");
  CHECK(error_of(file.path) == file.path.string() + ":1: the file is empty");
  file.write("id,title,id\n");
  CHECK(error_of(file.path) == file.path.string() + ":1: the column \"id\" occurs twice");
  file.write("\"id,title\n");
  CHECK(error_of(file.path) == file.path.string() + ":1: the header: a quoted field is not closed");
  CHECK(error_of("/nonexistent.csv") == "/nonexistent.csv: there is no such file");
  CHECK(error_of("/tmp") == "/tmp: not a regular file");
}

TEST_CASE("A row of another width is bad") {
  File file("id,title\n1\n2,two\n3,three,3\n");
  CsvTable table(file.path, shape());
  CHECK(table.next() == CsvReader::Next::kBad);
  CHECK(table.error() == "1 fields where the header has 2");
  CHECK(table.next() == CsvReader::Next::kRecord);
  CHECK(table.next() == CsvReader::Next::kBad);
}

TEST_CASE("A table goes on where another one stopped") {
  File file("id,title\n1,\"a\nb\"\n2,two\n3,three\n");
  CsvTable first(file.path, shape());
  REQUIRE(first.next() == CsvReader::Next::kRecord);
  CsvTable second(file.path, shape());
  second.seek(first.reader().position());
  REQUIRE(second.next() == CsvReader::Next::kRecord);
  CHECK(second.text(1) == "two");
  CHECK(second.reader().line() == 4);
}

TEST_CASE("A file is known again by its content") {
  File file("id,title\n1,one\n");
  std::string identity = CsvTable(file.path, shape()).identity();
  CHECK(CsvTable(file.path, shape()).identity() == identity);
  file.write("id,title\n2,one\n");
  CHECK(CsvTable(file.path, shape()).identity() != identity);
}

}  // namespace
}  // namespace marquee::movie::importer
