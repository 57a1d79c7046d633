// Structured logs: one JSON object a line on stderr (spdlog underneath), each with time, level,
// service, message and the fields given. Any thread.
//
//   log::info("listening", {{"address", address}});
//
// Within a call (libs/core/call_context.h) its request id and trace come with every line.
// Never pass secrets, tokens, passwords or mail bodies.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace marquee::log {

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <typename Int,
            typename = std::enable_if_t<std::is_integral_v<Int> && !std::is_same_v<Int, bool>>>
  Field(std::string_view k, Int v) : key(k), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

// `level`: trace, debug, info, warn, error; throws std::invalid_argument for another. Once, before
// other threads. `file_bytes_max`: of a file that standard error goes to
// (libs/core/log_rotation.h).
void start(std::string_view service, std::string_view level, std::int64_t file_bytes_max = 0);
inline constexpr std::int64_t kFileBytesMax = 128 * 1024 * 1024;
// Waits for what is buffered.
void flush();
bool debug_enabled();
bool info_enabled();
// Writes lines that are in this form already, as one piece; the last one without its end.
void write_lines(std::string_view lines);
// Now, as lines in this form have it: 2026-01-31T12:00:00.123Z
void append_time(std::string& out);
const std::string& service();

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace marquee::log
