#include "services/auth/account_rules.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>
#include <vector>

#include "services/auth/config.h"

namespace marquee::auth {
namespace {

constexpr char kUsernameText[] =
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ "
    "characters.";
constexpr char kEmailText[] = "Enter a valid email address.";
constexpr char kDateText[] = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";
constexpr int kEmailLocalBytesMax = 64;
constexpr int kDomainLabelBytesMax = 63;

// Nothing when it is not UTF-8.
std::optional<std::vector<utf8proc_int32_t>> code_points(std::string_view text) {
  std::vector<utf8proc_int32_t> points;
  const auto* next = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = -1;
    utf8proc_ssize_t used = utf8proc_iterate(next, left, &point);
    if (used <= 0 || point < 0) return std::nullopt;
    points.push_back(point);
    next += used;
    left -= used;
  }
  return points;
}

std::string at_most(int max) {
  return "Ensure this field has no more than " + std::to_string(max) + " characters.";
}

bool fits_username(utf8proc_int32_t point, bool first) {
  if (point < 0x80) {
    auto c = static_cast<char>(point);
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("@.+-_").find(c) != std::string_view::npos;
  }
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
      return true;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return !first;  // vowel signs, for example
    default:
      return false;
  }
}

bool domain_fits(std::string_view domain) {
  if (domain.find('.') == std::string_view::npos) return false;
  while (true) {
    auto dot = domain.find('.');
    std::string_view label = domain.substr(0, dot);
    if (label.empty() || label.size() > kDomainLabelBytesMax || label.front() == '-' ||
        label.back() == '-') {
      return false;
    }
    bool letters = std::all_of(label.begin(), label.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c >= 0x80;
    });
    if (!letters) return false;
    if (dot == std::string_view::npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

bool local_part_fits(std::string_view local) {
  if (local.empty() || local.size() > kEmailLocalBytesMax || local.front() == '.' ||
      local.back() == '.' || local.find("..") != std::string_view::npos) {
    return false;
  }
  return std::all_of(local.begin(), local.end(), [](unsigned char c) {
    return c > 0x20 && c != 0x7f &&
           std::string_view("\"(),:;<>[\\]").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

}  // namespace

std::string normal_form(const std::string& name) {
  utf8proc_uint8_t* raw = nullptr;
  utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
      static_cast<utf8proc_ssize_t>(name.size()), &raw,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
  std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(raw, &std::free);
  if (size < 0) return name;
  return {reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size)};
}

std::optional<std::string> username_problem(const std::string& name) {
  auto points = code_points(name);
  if (!points || points->empty()) return kUsernameText;
  if (points->size() > kUsernameCharactersMax) return at_most(kUsernameCharactersMax);
  for (std::size_t i = 0; i < points->size(); ++i) {
    if (!fits_username((*points)[i], i == 0)) return kUsernameText;
  }
  return std::nullopt;
}

std::optional<std::string> email_problem(std::string_view email) {
  auto at = email.find('@');
  bool fits = email.size() <= kEmailBytesMax && at != std::string_view::npos &&
              email.find('@', at + 1) == std::string_view::npos && code_points(email) &&
              local_part_fits(email.substr(0, at)) && domain_fits(email.substr(at + 1));
  if (fits) return std::nullopt;
  return kEmailText;
}

std::optional<std::string> password_problem(const std::string& password, int min) {
  auto points = code_points(password);
  auto size = points ? points->size() : 0;
  if (size > static_cast<std::size_t>(kPasswordCharactersMax)) {
    return "Password must be at most " + std::to_string(kPasswordCharactersMax) +
           " characters long";
  }
  if (size < static_cast<std::size_t>(min)) {
    return "Password must be at least " + std::to_string(min) + " characters long";
  }
  return std::nullopt;
}

std::optional<std::string> bio_problem(const std::string& bio) {
  auto points = code_points(bio);
  if (!points || points->size() > kBioCharactersMax) return at_most(kBioCharactersMax);
  if (bio.find('\0') != std::string::npos) return "Null characters are not allowed.";
  return std::nullopt;
}

std::optional<std::string> birth_date_problem(std::string_view date) {
  auto digits = [&](std::size_t begin, std::size_t count) {
    int value = 0;
    for (char c : date.substr(begin, count))
      value = c < '0' || c > '9' ? -9999 : value * 10 + c - '0';
    return value;
  };
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return kDateText;
  int year = digits(0, 4);
  int month = digits(5, 2);
  int day = digits(8, 2);
  if (year < 1 || month < 1 || day < 1) return kDateText;
  std::chrono::year_month_day value{std::chrono::year(year),
                                    std::chrono::month(static_cast<unsigned>(month)),
                                    std::chrono::day(static_cast<unsigned>(day))};
  if (!value.ok()) return kDateText;
  return std::nullopt;
}

bool could_be_login(std::string_view login) {
  return !login.empty() && login.size() <= 4 * kUsernameCharactersMax &&
         std::none_of(login.begin(), login.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string username_from(const std::string& wish) {
  auto points = code_points(normal_form(wish)).value_or(std::vector<utf8proc_int32_t>());
  std::string name;
  int taken = 0;
  // Room is left for a number.
  constexpr int kMax = kUsernameCharactersMax - 20;
  for (auto point : points) {
    if (taken == kMax) break;
    if (point == ' ') point = '_';
    if (!fits_username(point, taken == 0)) continue;
    utf8proc_uint8_t bytes[4];
    auto size = utf8proc_encode_char(point, bytes);
    name.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    ++taken;
  }
  return name.empty() ? "user" : name;
}

}  // namespace marquee::auth
