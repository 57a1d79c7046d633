// Any bytes as a CSV file. Reading ends, keeps its limits, counts every byte and line once, gives
// only valid text, and a record written as CSV again reads as it was.
#include "services/movie/importer/csv_reader.h"

#include <algorithm>
#include <cstdint>
#include <sstream>

#include "tests/fuzz/require.h"

namespace {

using marquee::fuzz::require;
using marquee::movie::importer::CsvLimits;
using marquee::movie::importer::CsvPosition;
using marquee::movie::importer::CsvReader;

constexpr std::size_t kRecordBytesMax = 200;
constexpr std::size_t kFieldsMax = 8;

std::string as_csv(const std::vector<std::string_view>& fields) {
  std::string text;
  for (auto field : fields) {
    text += text.empty() ? "\"" : ",\"";
    for (char c : field) {
      if (c == '"') text += '"';
      text += c;
    }
    text += '"';
  }
  return text + "\r\n";
}

void check_again(const CsvReader& reader) {
  std::istringstream again(as_csv(reader.fields()));
  CsvReader second(again);
  require(second.next() == CsvReader::Next::kRecord, "a written record is read");
  require(std::ranges::equal(second.fields(), reader.fields()), "a written record reads the same");
  require(second.next() == CsvReader::Next::kEnd, "one record stays one");
}

void check_resumed(const std::string& text, CsvPosition from, const CsvReader& expected) {
  std::istringstream in(text.substr(from.offset));
  CsvReader reader(in, {kRecordBytesMax, kFieldsMax}, from);
  reader.next();
  require(reader.raw() == expected.raw() && reader.line() == expected.line() &&
              reader.error() == expected.error(),
          "reading from a position gives the same record");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in(text);
  CsvReader reader(in, {kRecordBytesMax, kFieldsMax});
  CsvPosition before = reader.position();
  for (;;) {
    auto next = reader.next();
    CsvPosition after = reader.position();
    require(after.offset >= before.offset && after.offset <= size, "positions ascend");
    if (next == CsvReader::Next::kEnd) break;
    require(after.offset > before.offset, "each step takes something");
    require(reader.line() >= before.line && reader.line() <= after.line, "lines ascend");
    if (next == CsvReader::Next::kBad) {
      require(!reader.error().empty(), "a bad record has a reason");
      require(reader.raw().size() <= CsvReader::kRawOfBadMax, "a bad record is shown in part");
    } else {
      require(reader.raw().size() <= kRecordBytesMax, "the record limit holds");
      require(!reader.fields().empty() && reader.fields().size() <= kFieldsMax,
              "the field limit holds");
      check_again(reader);
    }
    // A record that begins the file may look like a byte order mark.
    if (before.offset > 0) check_resumed(text, before, reader);
    before = after;
  }
  require(reader.position().offset == size, "every byte is read");
  require(reader.position().line ==
              1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')),
          "every line is counted");
  return 0;
}
