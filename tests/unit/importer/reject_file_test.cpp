#include "services/movie/importer/reject_file.h"

#include <sstream>
#include <unistd.h>

#include "libs/core/error.h"
#include "services/movie/importer/chunk_lines.h"
#include "tests/catch.h"

namespace marquee::movie::importer {
namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("marquee_rejects_" + std::to_string(getpid()));
  ~Folder() { std::filesystem::remove_all(path); }
};

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

constexpr char kFirst[] =
    "file,line,reason,record\n\"a.csv\",7,\"bad \"\"x\"\"\",\"1,\"\"x\"\"\"\n";

TEST_CASE("Rejects are kept as CSV, and cut back to what was committed") {
  Folder folder;
  auto path = folder.path / "deep" / "rejects.csv";
  std::uint64_t committed = 0;
  {
    RejectFile rejects(path, 0);
    CHECK_FALSE(std::filesystem::exists(path));
    rejects.add("a.csv", 7, "bad \"x\"", "1,\"x\"");
    rejects.flush();
    committed = rejects.bytes();
    rejects.add("a.csv", 8, "lost", "2");
    rejects.rewind(committed);
    CHECK(content(path) == kFirst);
    rejects.add("a.csv", 9, "lost", "3");
  }
  {
    RejectFile again(path, committed);
    again.flush();
    CHECK(content(path) == kFirst);
  }
  RejectFile fresh(path, 0);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("A file that is something else is never overwritten") {
  Folder folder;
  std::filesystem::create_directories(folder.path);
  auto path = folder.path / "precious.txt";
  std::ofstream(path) << "my only copy of this long text";
  CHECK_THROWS_AS(RejectFile(path, 0), Error);
  CHECK_THROWS_AS(RejectFile(folder.path, 0), Error);
  CHECK(content(path) == "my only copy of this long text");
}

TEST_CASE("Each line of a chunk is rejected once, in order, as it stood") {
  ChunkLines lines;
  lines.add(2, "two");
  lines.add(3, "three", "broken");
  lines.add(5, "five");
  auto rejected = lines.rejected({{5, "late"}, {2, "late"}, {5, "later"}});
  REQUIRE(rejected.size() == 3);
  CHECK(rejected[0].line == 2);
  CHECK(rejected[1].reason == "broken");
  CHECK(rejected[2].reason == "late");
  CHECK(lines.record(5) == "five");
  CHECK(lines.record(4).empty());
}

}  // namespace
}  // namespace marquee::movie::importer
