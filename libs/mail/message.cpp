#include "libs/mail/message.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "libs/core/error.h"
#include "libs/core/ids.h"

namespace marquee::mail {
namespace {

constexpr std::size_t kLineMax = 76;
constexpr std::size_t kHeaderLineMax = 998;
// Of a body that goes as it is, so that links in it stay whole.
constexpr std::size_t kPlainLineMax = 900;
constexpr std::size_t kAddressMax = 254;
constexpr std::size_t kIdMax = 128;
// Of UTF-8 in one encoded word, whose base64 then fits its 75 characters.
constexpr std::size_t kWordBytes = 42;
constexpr std::size_t kBoundaryBytes = 18;

bool printable(char c) {
  return c >= ' ' && c <= '~';
}

bool control(char c) {
  return (static_cast<unsigned char>(c) < ' ') || c == 0x7F;
}

bool id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

Error unwritable(const std::string& what) {
  return Error::invalid("unwritable_mail", "The mail's " + what + " cannot be written");
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= n ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

// At most `max` bytes that end between two characters of UTF-8.
std::size_t whole_characters(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text.size();
  std::size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end == 0 ? max : end;
}

std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = whole_characters(text, kWordBytes);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string folded(std::string_view text, std::size_t column) {
  std::string out;
  while (!text.empty()) {
    // A word with the blanks before it.
    const auto word = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::min(text.find(' ', word), text.size());
    if (!out.empty() && column + end > kLineMax && word > 0) {
      out += "\r\n";
      column = 0;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(end);
  }
  return out;
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  const bool named = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return printable(c) && c != ' ' && c != ':';
  });
  if (!named || name.size() + value.size() + 2 > kHeaderLineMax ||
      !std::all_of(value.begin(), value.end(), printable)) {
    throw unwritable("header");
  }
  out.append(name).append(": ").append(value).append("\r\n");
}

void add_text_header(std::string& out, std::string_view name, std::string_view text) {
  out.append(name).append(": ").append(encode_text(text, name.size() + 2)).append("\r\n");
}

void add_address(std::string& out, std::string_view name, const Address& address) {
  if (!is_address(address.email)) throw unwritable("address");
  out.append(name).append(": ");
  if (!address.name.empty()) {
    std::string shown = address.name;
    const bool plain =
        std::all_of(shown.begin(), shown.end(),
                    [](char c) {
                      return printable(c) &&
                             std::string_view("\"\\()<>[]:;@,.").find(c) == std::string_view::npos;
                    }) &&
        shown.size() < kLineMax && shown.find("=?") == std::string::npos;
    // As encoded words no character of it means anything.
    std::replace_if(shown.begin(), shown.end(), control, ' ');
    const std::string written = plain ? shown : encoded_words(shown);
    const bool one_line = written.size() + address.email.size() < kLineMax - name.size() - 5;
    out += written + (one_line ? " " : "\r\n ");
  }
  out.append("<").append(address.email).append(">\r\n");
}

std::string date_text(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

bool plain_body(std::string_view text) {
  std::size_t column = 0;
  for (char c : text) {
    column = c == '\n' ? 0 : column + 1;
    if (column > kPlainLineMax || (c != '\n' && c != '\t' && !printable(c))) return false;
  }
  return true;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

void add_part(std::string& out, const std::string& boundary, std::string_view type,
              std::string_view text) {
  const bool plain = plain_body(text);
  out.append("--").append(boundary).append("\r\nContent-Type: ").append(type);
  out.append("; charset=utf-8\r\nContent-Transfer-Encoding: ");
  out.append(plain ? "7bit" : "quoted-printable").append("\r\n\r\n");
  out.append(plain ? with_crlf(text) : quoted_printable(text)).append("\r\n");
}

}  // namespace

bool is_address(std::string_view email) {
  const auto at = email.find('@');
  if (email.size() > kAddressMax || at == 0 || at == std::string_view::npos) return false;
  const auto domain = email.substr(at + 1);
  if (domain.empty() || domain.find('@') != std::string_view::npos) return false;
  if (domain.front() == '.' || domain.back() == '.' || domain.front() == '-') return false;
  return email.front() != '-' && std::all_of(email.begin(), email.end(), [](char c) {
           return printable(c) &&
                  std::string_view(" \"\\()<>[]:;,").find(c) == std::string_view::npos;
         });
}

std::string encode_text(std::string_view text, std::size_t column) {
  std::string clean(text);
  std::replace_if(clean.begin(), clean.end(), control, ' ');
  const auto begin = std::min(clean.find_first_not_of(' '), clean.size());
  clean.erase(0, begin);
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  bool plain = clean.find("=?") == std::string::npos;
  std::size_t word = 0;
  for (char c : clean) {
    word = c == ' ' ? 0 : word + 1;
    if (!printable(c) || word > kLineMax / 2) plain = false;
  }
  return plain ? folded(clean, column) : encoded_words(clean);
}

std::string quoted_printable(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool at_end = i + 1 == text.size() || text[i + 1] == '\n';
    const bool literal = (printable(c) && c != '=' && c != ' ') || (c == ' ' && !at_end);
    const std::size_t size = literal ? 1 : 3;
    if (column + size > kLineMax - 1) {
      out += "=\r\n";
      column = 0;
    }
    if (literal) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '=';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
    column += size;
  }
  return out;
}

std::string encode(const Message& message) {
  const auto& id = message.id;
  if (id.empty() || id.size() > kIdMax || !std::all_of(id.begin(), id.end(), id_character)) {
    throw unwritable("id");
  }
  std::string out;
  add_header(out, "Date", date_text(message.date));
  add_address(out, "From", message.from);
  add_address(out, "To", message.to);
  add_text_header(out, "Subject", message.subject);
  const auto domain = message.from.email.substr(message.from.email.find('@') + 1);
  add_header(out, "Message-ID", "<" + id + "@" + domain + ">");
  for (const auto& [name, value] : message.headers) add_header(out, name, value);
  const std::string boundary = "part-" + random_token(kBoundaryBytes);
  add_header(out, "MIME-Version", "1.0");
  add_header(out, "Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
  out += "\r\n";
  add_part(out, boundary, "text/plain", message.text);
  add_part(out, boundary, "text/html", message.html);
  out.append("--").append(boundary).append("--\r\n");
  return out;
}

}  // namespace marquee::mail
