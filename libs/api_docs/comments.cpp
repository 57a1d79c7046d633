#include "libs/api_docs/comments.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace marquee::api_docs {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool word_part(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// Blanks in place of what stands in double quotes, so that no example is taken for a limit.
std::string without_quotes(std::string_view text) {
  std::string out(text);
  bool inside = false;
  for (char& c : out) {
    bool quote = c == '"';
    if (quote) inside = !inside;
    if (quote || inside) c = ' ';
  }
  return out;
}

// "10,000" or "0.5" at `at`, which then stands behind it.
std::optional<double> number_at(std::string_view text, std::size_t& at) {
  std::string digits;
  std::size_t end = at;
  auto followed_by_digit = [&](std::size_t i) { return i + 1 < text.size() && digit(text[i + 1]); };
  for (; end < text.size(); ++end) {
    char c = text[end];
    bool inner = (c == ',' || c == '.') && !digits.empty() && followed_by_digit(end);
    if (!digit(c) && !inner) break;
    if (c != ',') digits += c;
  }
  double value = 0;
  auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || last != digits.data() + digits.size()) {
    return std::nullopt;
  }
  at = end;
  return value;
}

bool starts_at(std::string_view text, std::size_t at, std::string_view part) {
  return text.substr(at, part.size()) == part;
}

// The number behind the first of `phrases` that has one.
std::optional<double> number_after(std::string_view text, std::string_view phrase,
                                   std::size_t& end) {
  for (auto at = text.find(phrase); at != std::string_view::npos; at = text.find(phrase, at + 1)) {
    if (at > 0 && word_part(text[at - 1])) continue;
    end = at + phrase.size();
    if (auto value = number_at(text, end)) return value;
  }
  return std::nullopt;
}

void read_range(std::string_view text, FieldFacts& facts) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!digit(text[i]) || (i > 0 && text[i - 1] != ' ')) continue;
    std::size_t at = i;
    auto low = number_at(text, at);
    if (!low || at >= text.size() || text[at] != '-') continue;
    auto high = number_at(text, ++at);
    if (!high || (at < text.size() && word_part(text[at]))) continue;
    if (starts_at(text, at, " characters")) {
      facts.characters_min = static_cast<std::size_t>(*low);
      facts.characters_max = static_cast<std::size_t>(*high);
    } else {
      facts.minimum = low;
      facts.maximum = high;
    }
    return;
  }
}

void read_most(std::string_view text, FieldFacts& facts) {
  for (std::string_view phrase : {"At most ", "at most "}) {
    std::size_t end = 0;
    auto most = number_after(text, phrase, end);
    if (!most) continue;
    if (starts_at(text, end, " characters")) {
      facts.characters_max = static_cast<std::size_t>(*most);
    } else {
      facts.items_max = static_cast<std::size_t>(*most);
      facts.maximum = most;
    }
  }
}

std::optional<std::string> quoted(std::string_view text) {
  auto open = text.find('"');
  if (open == std::string_view::npos) return std::nullopt;
  auto close = text.find('"', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(open + 1, close - open - 1));
}

std::optional<std::string> shown_number(std::string_view text) {
  std::size_t end = 0;
  constexpr std::string_view kPhrase = "such as ";
  if (!number_after(text, kPhrase, end)) return std::nullopt;
  auto begin = text.rfind(kPhrase, end) + kPhrase.size();
  return std::string(text.substr(begin, end - begin));
}

bool status_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kDigits = 3;
  if (text[at] != '4' && text[at] != '5') return false;
  if (at + kDigits > text.size() || !digit(text[at + 1]) || !digit(text[at + 2])) return false;
  if (at > 0 && (word_part(text[at - 1]) || text[at - 1] == '-' || text[at - 1] == ',')) {
    return false;
  }
  return at + kDigits == text.size() ||
         (!word_part(text[at + kDigits]) && text[at + kDigits] != '-');
}

ErrorNote& note_of(std::vector<ErrorNote>& notes, unsigned status) {
  auto same = [&](const ErrorNote& note) { return note.status == status; };
  auto known = std::find_if(notes.begin(), notes.end(), same);
  if (known != notes.end()) return *known;
  notes.push_back({status, {}});
  return notes.back();
}

}  // namespace

std::string joined_lines(std::string_view comment) {
  std::string out;
  bool paragraph = false;
  while (!comment.empty()) {
    auto end = std::min(comment.find('\n'), comment.size());
    std::string_view line = trimmed(comment.substr(0, end));
    comment.remove_prefix(std::min(end + 1, comment.size()));
    if (line.empty()) {
      paragraph = !out.empty();
      continue;
    }
    if (!out.empty()) out += paragraph ? "\n\n" : line.starts_with("- ") ? "\n" : " ";
    out += line;
    paragraph = false;
  }
  return out;
}

std::string first_sentence(std::string_view comment) {
  bool inside = false;
  for (std::size_t i = 0; i < comment.size(); ++i) {
    if (comment[i] == '"') inside = !inside;
    if (inside) continue;
    bool last = i + 1 == comment.size() || comment[i + 1] == ' ' || comment[i + 1] == '\n';
    if (comment[i] == '.' && last) return std::string(comment.substr(0, i));
  }
  return std::string(comment);
}

FieldFacts facts_of(std::string_view comment) {
  FieldFacts facts;
  const std::string text = without_quotes(comment);
  std::size_t end = 0;
  facts.required = text.find("Required.") != std::string::npos;
  facts.may_be_null =
      text.find("null") != std::string::npos || text.find("Null") != std::string::npos;
  facts.is_date = text.find("YYYY-MM-DD") != std::string::npos;
  facts.is_url = text.find("http or https") != std::string::npos;
  read_most(text, facts);
  read_range(text, facts);
  if (auto least = number_after(text, "From ", end)) facts.minimum = least;
  facts.default_value = number_after(text, "Default ", end);
  facts.example = quoted(comment);
  if (!facts.example) facts.example = shown_number(text);
  return facts;
}

std::vector<ErrorNote> errors_in(std::string_view comment) {
  std::vector<ErrorNote> notes;
  unsigned status = 0;  // whose texts follow; 0: nobody's
  for (std::size_t i = 0; i < comment.size(); ++i) {
    if (comment[i] == '"') {
      auto close = std::min(comment.find('"', i + 1), comment.size());
      if (status != 0) {
        note_of(notes, status).messages.emplace_back(comment.substr(i + 1, close - i - 1));
      }
      i = close;
    } else if (status_at(comment, i)) {
      std::from_chars(comment.data() + i, comment.data() + i + 3, status);
      note_of(notes, status);
      i += 2;
    } else if (comment[i] == '.' &&
               (i + 1 == comment.size() || comment[i + 1] == ' ' || comment[i + 1] == '\n')) {
      status = 0;
    }
  }
  return notes;
}

}  // namespace marquee::api_docs
