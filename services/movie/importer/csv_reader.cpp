#include "services/movie/importer/csv_reader.h"

#include <algorithm>
#include <cstring>

#include "libs/transcode/utf8.h"

namespace marquee::movie::importer {
namespace {

constexpr std::size_t kBlock = 1 << 16;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view without_line_end(std::string_view text) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

}  // namespace

CsvReader::CsvReader(std::istream& in, CsvLimits limits, CsvPosition start)
    : in_(in), limits_(limits), line_(start.line), position_(start) {
  if (start.offset != 0) return;
  while (end_ - begin_ < kByteOrderMark.size() && fill()) {
  }
  if (std::string_view(buffer_.data(), end_).substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    consume(kByteOrderMark.size(), 0);
  }
}

// Appends a block behind what is there, moving or growing the buffer as needed. False at the end.
bool CsvReader::fill() {
  if (at_end_) return false;
  if (begin_ > 0 && buffer_.size() - end_ < kBlock) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kBlock) buffer_.resize(std::max(buffer_.size() * 2, 2 * kBlock));
  in_.read(buffer_.data() + end_, static_cast<std::streamsize>(kBlock));
  if (in_.bad()) throw std::ios_base::failure("the file cannot be read");
  end_ += static_cast<std::size_t>(in_.gcount());
  at_end_ = in_.eof();
  return in_.gcount() > 0;
}

void CsvReader::consume(std::size_t bytes, std::uint64_t lines) {
  begin_ += bytes;
  position_.offset += bytes;
  position_.line += lines;
}

CsvReader::Next CsvReader::next() {
  for (;;) {
    line_ = position_.line;
    state_ = State::kFieldStart;
    at_ = field_begin_ = content_end_ = 0;
    breaks_ = 0;
    field_escaped_ = false;
    spans_.clear();
    error_.clear();
    if (begin_ == end_ && !fill()) return Next::kEnd;
    Scan result = scan();
    while (result == Scan::kMore) {
      if (at_ > limits_.record_bytes_max) {
        result = broken("the record is longer than " + std::to_string(limits_.record_bytes_max) +
                        " bytes");
      } else {
        fill();
        result = scan();
      }
    }
    if (result == Scan::kBroken) return skip_line();
    Next next = finish_record();
    if (next == Next::kRecord && raw_.empty()) continue;
    return next;
  }
}

CsvReader::Scan CsvReader::broken(std::string_view reason) {
  error_ = reason;
  return Scan::kBroken;
}

CsvReader::Scan CsvReader::end_field(std::size_t end, State then) {
  if (spans_.size() == limits_.fields_max) {
    return broken("more than " + std::to_string(limits_.fields_max) + " fields");
  }
  spans_.push_back({field_begin_, end, field_escaped_});
  field_escaped_ = false;
  state_ = then;
  return Scan::kNext;
}

CsvReader::Scan CsvReader::end_record(std::size_t field_end, std::size_t line_end_bytes) {
  if (end_field(field_end, State::kFieldStart) == Scan::kBroken) return Scan::kBroken;
  content_end_ = at_;
  at_ += line_end_bytes;
  return Scan::kDone;
}

// kMore means that the buffer holds no more although the file does; at_ is where to go on.
CsvReader::Scan CsvReader::scan() {
  for (;;) {
    Scan result = Scan::kMore;
    switch (state_) {
      case State::kFieldStart:
        result = scan_start();
        break;
      case State::kPlain:
        result = scan_plain();
        break;
      case State::kQuoted:
        result = scan_quoted();
        break;
      case State::kQuoteInQuoted:
        result = scan_behind_quote();
        break;
    }
    if (result != Scan::kNext) return result;
  }
}

CsvReader::Scan CsvReader::scan_start() {
  if (begin_ + at_ == end_ && !at_end_) return Scan::kMore;
  state_ = State::kPlain;
  if (begin_ + at_ < end_ && buffer_[begin_ + at_] == '"') {
    state_ = State::kQuoted;
    ++at_;
  }
  field_begin_ = at_;
  return Scan::kNext;
}

CsvReader::Scan CsvReader::scan_plain() {
  const char* record = buffer_.data() + begin_;
  const std::size_t size = end_ - begin_;
  for (; at_ < size; ++at_) {
    char c = record[at_];
    if (c == ',') {
      Scan result = end_field(at_, State::kFieldStart);
      ++at_;
      return result;
    }
    if (c == '\n') return end_record(at_, 1);
    if (c == '"') return broken("a quote inside an unquoted field");
    if (c == '\r') {
      if (at_ + 1 < size && record[at_ + 1] == '\n') return end_record(at_, 2);
      if (at_ + 1 == size && !at_end_) return Scan::kMore;
      return broken("a carriage return without line feed");
    }
  }
  return at_end_ ? end_record(at_, 0) : Scan::kMore;
}

CsvReader::Scan CsvReader::scan_quoted() {
  const char* record = buffer_.data() + begin_;
  const std::size_t size = end_ - begin_;
  const char* from = record + at_;
  const auto* quote = static_cast<const char*>(std::memchr(from, '"', size - at_));
  const char* to = quote == nullptr ? record + size : quote;
  breaks_ += static_cast<std::uint64_t>(std::count(from, to, '\n'));
  at_ = static_cast<std::size_t>(to - record);
  if (quote == nullptr) return at_end_ ? broken("a quoted field is not closed") : Scan::kMore;
  ++at_;
  state_ = State::kQuoteInQuoted;
  return Scan::kNext;
}

CsvReader::Scan CsvReader::scan_behind_quote() {
  const char* record = buffer_.data() + begin_;
  const std::size_t size = end_ - begin_;
  const std::size_t end = at_ - 1;
  if (at_ == size) return at_end_ ? end_record(end, 0) : Scan::kMore;
  char c = record[at_];
  if (c == '"') {
    field_escaped_ = true;
    ++at_;
    state_ = State::kQuoted;
    return Scan::kNext;
  }
  if (c == ',') {
    Scan result = end_field(end, State::kFieldStart);
    ++at_;
    return result;
  }
  if (c == '\n') return end_record(end, 1);
  if (c == '\r') {
    if (at_ + 1 < size && record[at_ + 1] == '\n') return end_record(end, 2);
    if (at_ + 1 == size && !at_end_) return Scan::kMore;
    return broken("a carriage return without line feed");
  }
  return broken("text behind a closing quote");
}

bool CsvReader::valid_text(std::string_view text) {
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    p = transcode::skip_plain(p, end);
    if (p == end) break;
    if (*p == '\0') {
      error_ = "a NUL byte";
      return false;
    }
    int length = static_cast<unsigned char>(*p) < 0x80 ? 1 : transcode::sequence_length(p, end);
    if (length == 0) {
      error_ = "not valid UTF-8";
      return false;
    }
    p += length;
  }
  return true;
}

CsvReader::Next CsvReader::finish_record() {
  const char* record = buffer_.data() + begin_;
  raw_ = std::string_view(record, content_end_);
  if (raw_.size() > limits_.record_bytes_max) {
    error_ = "the record is longer than " + std::to_string(limits_.record_bytes_max) + " bytes";
  }
  bool good = error_.empty() && valid_text(raw_);
  if (good) {
    make_fields(record);
  } else {
    fields_.clear();
    raw_ = raw_.substr(0, kRawOfBadMax);
  }
  // The last record of a file may lack its line end.
  bool ended = at_ > content_end_;
  consume(at_, breaks_ + (ended ? 1 : 0));
  return good ? Next::kRecord : Next::kBad;
}

void CsvReader::make_fields(const char* record) {
  fields_.clear();
  unescaped_.clear();
  unescaped_.reserve(content_end_);  // views into it must stay
  for (const Span& span : spans_) {
    std::string_view text(record + span.begin, span.end - span.begin);
    if (span.escaped) {
      std::size_t begin = unescaped_.size();
      for (std::size_t i = 0; i < text.size(); ++i) {
        unescaped_ += text[i];
        if (text[i] == '"') ++i;
      }
      text = std::string_view(unescaped_).substr(begin);
    }
    fields_.push_back(text);
  }
}

// The first line of what is broken becomes the bad record. A line longer than the limit is dropped
// block by block.
CsvReader::Next CsvReader::skip_line() {
  fields_.clear();
  std::string kept;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const auto* end = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
    std::size_t size = end == nullptr ? end_ - begin_ : static_cast<std::size_t>(end - from) + 1;
    kept.append(from, std::min(size, kRawOfBadMax - std::min(kept.size(), kRawOfBadMax)));
    consume(size, end == nullptr ? 0 : 1);
    if (end != nullptr || !fill()) break;
  }
  unescaped_ = std::move(kept);
  raw_ = without_line_end(unescaped_);
  return Next::kBad;
}

}  // namespace marquee::movie::importer
