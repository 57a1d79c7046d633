// Reads CSV as RFC 4180 has it, record by record, from files of any size and origin: LF or CRLF
// line ends, the last one optional; quoted fields with doubled quotes and line breaks; a byte order
// mark is skipped, as are empty lines. Owned by whoever reads; one thread.
//
//   CsvReader reader(stream, {});
//   while (reader.next() != CsvReader::Next::kEnd) ...
//
// Security posture: the input is hostile. Memory stays within `record_bytes_max` plus one block.
// What breaks the grammar, a limit or UTF-8 (NUL included) is one kBad with a reason; reading goes
// on behind the first line of the bad record, so a stray quote costs a line, not the file. Every
// byte is scanned at most a few times, whatever it is.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::movie::importer {

struct CsvLimits {
  std::size_t record_bytes_max = 1 << 20;
  std::size_t fields_max = 256;
};

// A place between two records.
struct CsvPosition {
  std::uint64_t offset = 0;  // bytes before it
  std::uint64_t line = 1;    // number of the line that begins there
};

class CsvReader {
 public:
  enum class Next : std::uint8_t { kRecord, kBad, kEnd };

  // `in` stands at `start` and must outlive the reader. Throws std::ios_base::failure from next()
  // when reading fails.
  explicit CsvReader(std::istream& in, CsvLimits limits = {}, CsvPosition start = {});

  Next next();

  // All views are valid until the next call of next().
  const std::vector<std::string_view>& fields() const { return fields_; }
  // The record (after kBad: its first line, at most kRawOfBadMax bytes) without the line end.
  std::string_view raw() const { return raw_; }
  // Why the record is bad.
  std::string_view error() const { return error_; }
  // Number of the line on which the record began.
  std::uint64_t line() const { return line_; }
  // Behind the record: where a later reader may start.
  CsvPosition position() const { return position_; }

  static constexpr std::size_t kRawOfBadMax = 4096;

 private:
  struct Span {
    std::size_t begin = 0;  // from the record's start
    std::size_t end = 0;
    bool escaped = false;  // holds doubled quotes
  };
  enum class State : std::uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };
  enum class Scan : std::uint8_t { kNext, kMore, kDone, kBroken };

  bool fill();
  Scan scan();
  Scan scan_start();
  Scan scan_plain();
  Scan scan_quoted();
  Scan scan_behind_quote();
  Scan broken(std::string_view reason);
  Scan end_field(std::size_t end, State then);
  Scan end_record(std::size_t field_end, std::size_t line_end_bytes);
  Next finish_record();
  Next skip_line();
  bool valid_text(std::string_view text);
  void make_fields(const char* record);
  void consume(std::size_t bytes, std::uint64_t lines);

  std::istream& in_;
  const CsvLimits limits_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of the record, in the buffer
  std::size_t end_ = 0;    // of what was read
  bool at_end_ = false;

  // The record under way.
  State state_ = State::kFieldStart;
  std::size_t at_ = 0;  // from the record's start
  std::size_t field_begin_ = 0;
  bool field_escaped_ = false;
  std::size_t content_end_ = 0;
  std::uint64_t breaks_ = 0;  // line breaks inside quotes
  std::vector<Span> spans_;

  std::vector<std::string_view> fields_;
  std::string unescaped_;
  std::string_view raw_;
  std::string error_;
  std::uint64_t line_;
  CsvPosition position_;
};

}  // namespace marquee::movie::importer
