#include "libs/core/log.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "libs/core/call_context.h"
#include "libs/core/log_rotation.h"

namespace marquee::log {
namespace {

std::string& service_name() {
  static std::string name = "marquee";
  return name;
}

spdlog::logger& logger() {
  static auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("marquee",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

std::unique_ptr<Rotation>& rotation() {
  static auto instance = std::make_unique<Rotation>(0);
  return instance;
}

void append_text(std::string& out, std::string_view text) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Unless the line itself says which call it is about.
void append_context(std::string& line, Fields fields) {
  const CallContext* call = CallContext::current();
  if (call == nullptr) return;
  auto names = [&](std::string_view key) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
  };
  if (!names("request_id")) {
    line += ",\"request_id\":";
    append_text(line, call->request_id);
  }
  if (call->trace != nullptr && !call->trace->empty() && !names("trace_id")) {
    line.append(",\"trace_id\":\"").append(call->trace->trace_id()) += '"';
  }
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  if (!logger().should_log(level)) return;
  std::string line = "\"service\":";
  append_text(line, service_name());
  line += ",\"message\":";
  append_text(line, message);
  for (const auto& field : fields) {
    line += ',';
    append_text(line, field.key);
    line += ':';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_text(line, *text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
      line += std::to_string(*integer);
    } else if (const auto* number = std::get_if<double>(&field.value)) {
      line += nlohmann::json(*number).dump();
    } else {
      line += std::get<bool>(field.value) ? "true" : "false";
    }
  }
  append_context(line, fields);
  logger().log(level, spdlog::string_view_t(line.data(), line.size()));
  rotation()->written(line.size());
}

}  // namespace

void start(std::string_view service, std::string_view level, std::int64_t file_bytes_max) {
  auto parsed = spdlog::level::from_str(std::string(level));
  if (parsed == spdlog::level::off) {
    throw std::invalid_argument("log level must be trace, debug, info, warn or error");
  }
  service_name() = std::string(service);
  logger().set_level(parsed);
  rotation() = std::make_unique<Rotation>(file_bytes_max);
}

const std::string& service() {
  return service_name();
}
void append_time(std::string& out) {
  thread_local std::time_t second = 0;
  thread_local char text[32];
  auto now = std::chrono::system_clock::now().time_since_epoch();
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto whole = static_cast<std::time_t>(millis / 1000);
  if (whole != second) {
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    second = whole;
  }
  auto part = static_cast<unsigned>(millis % 1000);
  out += text;
  for (char c : {'.', static_cast<char>('0' + part / 100), static_cast<char>('0' + part / 10 % 10),
                 static_cast<char>('0' + part % 10), 'Z'}) {
    out += c;
  }
}
void flush() {
  logger().flush();
}
bool debug_enabled() {
  return logger().should_log(spdlog::level::debug);
}
bool info_enabled() {
  return logger().should_log(spdlog::level::info);
}
void write_lines(std::string_view lines) {
  // Both write to the same stream under the same lock of spdlog's.
  static spdlog::logger& plain = []() -> spdlog::logger& {
    static spdlog::logger made("lines", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%v");
    made.set_level(spdlog::level::trace);
    made.flush_on(spdlog::level::trace);
    return made;
  }();
  plain.log(spdlog::level::info, spdlog::string_view_t(lines.data(), lines.size()));
  rotation()->written(lines.size());
}
void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
  write(spdlog::level::info, message, fields);
}
void warn(std::string_view message, Fields fields) {
  write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) {
  write(spdlog::level::err, message, fields);
}

}  // namespace marquee::log
