#include "services/room-sync/chat_rules.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "libs/core/error.h"
#include "libs/core/text.h"

namespace marquee::rooms {
namespace {

constexpr std::size_t kSaidCharactersMax = 2'000;
constexpr std::size_t kAliasCharactersMax = 64;
constexpr std::size_t kLobbyBytesMax = 64;

[[noreturn]] void missing_field(const std::string& field) {
  throw Error::invalid("missing_field", "Missing required field: " + field)
      .field(field, "This field is required.");
}

[[noreturn]] void wrong_field(const std::string& field, const std::string& text) {
  throw Error::invalid("invalid_" + field, text).field(field, text);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

void check_length(const std::string& field, std::string_view text, std::size_t max) {
  if (characters(text) > max) {
    wrong_field(field,
                "Ensure this field has no more than " + std::to_string(max) + " characters.");
  }
}

}  // namespace

void check_room(std::string_view room) {
  if (room.empty()) missing_field("room");
  if (std::find(kChatRooms.begin(), kChatRooms.end(), room) == kChatRooms.end()) {
    throw Error::not_found("unknown_room", "Unknown room");
  }
}

std::string chat_topic(std::string_view room) {
  return "chat:" + std::string(room);
}

std::string lobby_topic(std::string_view lobby) {
  if (lobby.empty()) missing_field("lobby_id");
  if (lobby.size() > kLobbyBytesMax) {
    wrong_field("lobby_id", "lobby_id must have at most 64 bytes");
  }
  if (has_control(lobby)) wrong_field("lobby_id", "lobby_id must not have control characters");
  return "lobby:" + std::string(lobby);
}

void check_alias(std::string_view alias) {
  if (alias.empty()) missing_field("user_id");
  check_length("user_id", alias, kAliasCharactersMax);
  if (has_control(alias)) wrong_field("user_id", "user_id must not have control characters");
}

std::string check_said(const std::string& field, std::string_view said) {
  std::string text = trimmed(said);
  if (text.empty()) missing_field(field);
  if (text.find('\0') != std::string::npos) {
    wrong_field(field, "Null characters are not allowed.");
  }
  check_length(field, text, kSaidCharactersMax);
  return text;
}

std::string time_stamp(WallTime at) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm time{};
  gmtime_r(&seconds, &time);
  const int hour = time.tm_hour % 12 == 0 ? 12 : time.tm_hour % 12;
  auto two = [](int number) {
    return std::string(1, static_cast<char>('0' + number / 10)) +
           static_cast<char>('0' + number % 10);
  };
  return std::string(kMonths[time.tm_mon]) + '-' + two(time.tm_mday) + ' ' + two(hour) + ':' +
         two(time.tm_min) + (time.tm_hour < 12 ? "AM" : "PM");
}

std::int64_t check_limit(std::int64_t limit, std::int64_t default_limit, std::int64_t max_limit) {
  if (limit < 0) wrong_field("limit", "limit must not be negative");
  return limit == 0 ? default_limit : std::min(limit, max_limit);
}

std::int64_t id_of_cursor(std::string_view cursor) {
  if (cursor.empty()) return 0;
  std::int64_t id = 0;
  auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), id);
  if (error != std::errc() || end != cursor.data() + cursor.size() || id <= 0) {
    wrong_field("cursor", "Invalid cursor");
  }
  return id;
}

}  // namespace marquee::rooms
