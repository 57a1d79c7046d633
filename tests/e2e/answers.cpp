#include "tests/e2e/answers.h"

#include <regex>
#include <sstream>

namespace marquee::e2e {
namespace {

std::string start_of(const std::string& text) {
  constexpr std::size_t kShown = 600;
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

std::string wrong(const HttpReply& reply, const std::string& what) {
  return what + " in: " + std::to_string(reply.status) + " " + start_of(reply.body);
}

bool is_text(const json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() && !found->get<std::string>().empty();
}

bool lists_text(const json& object, const std::string& field, const std::string& text) {
  auto found = object.find(field);
  if (found == object.end() || !found->is_array() || found->empty()) return false;
  for (const auto& entry : *found) {
    if (!entry.is_string()) return false;
    if (text.empty() || entry == text) return true;
  }
  return false;
}

bool matches(const json& value, const char* pattern) {
  return value.is_string() && std::regex_match(value.get<std::string>(), std::regex(pattern));
}

bool is_of(const json& value, const std::string& kind) {
  if (kind == "int") return value.is_number_integer();
  if (kind == "number") return value.is_number();
  if (kind == "text") return value.is_string();
  if (kind == "flag") return value.is_boolean();
  if (kind == "list") return value.is_array();
  if (kind == "date") return matches(value, R"(\d{4}-\d\d-\d\d)");
  return kind == "time" && matches(value, R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
}

}  // namespace

std::string error_faults(const HttpReply& reply, int status, const std::string& message) {
  if (reply.status != status) return wrong(reply, "not status " + std::to_string(status));
  if (reply.header("content-type").rfind("application/problem+json", 0) != 0) {
    return wrong(reply, "content type " + reply.header("content-type"));
  }
  json body = reply.json();
  if (!body.is_object()) return wrong(reply, "no object");
  if (body.value("success", json()) != json(false)) return wrong(reply, "success is not false");
  if (body.value("status", json()) != json(status)) return wrong(reply, "another status member");
  for (const char* name : {"type", "title", "message", "detail", "code", "request_id"}) {
    if (!is_text(body, name)) return wrong(reply, std::string("no text ") + name);
  }
  if (body["message"] != body["detail"]) return wrong(reply, "detail is not message");
  if (!body.value("errors", json()).is_object()) return wrong(reply, "errors is no object");
  if (body["request_id"] != reply.header("x-request-id")) {
    return wrong(reply, "request_id is not header " + reply.header("x-request-id"));
  }
  if (status == 401) {
    if (body.value("msg", json()) != body["message"]) return wrong(reply, "msg is not message");
    if (reply.header("www-authenticate").rfind("Bearer", 0) != 0) {
      return wrong(reply, "no WWW-Authenticate: Bearer");
    }
  }
  if ((status == 429 || status == 503) && std::atoi(reply.header("retry-after").c_str()) < 1) {
    return wrong(reply, "no Retry-After");
  }
  if (!message.empty() && body["message"] != message) {
    return wrong(reply, "message is not \"" + message + "\"");
  }
  return {};
}

std::string field_faults(const HttpReply& reply, const std::string& field,
                         const std::string& text) {
  if (auto faults = error_faults(reply, 400); !faults.empty()) return faults;
  if (!lists_text(reply.json()["errors"], field, text)) {
    return wrong(reply, "errors does not blame " + field + " for \"" + text + "\"");
  }
  return {};
}

std::string top_field_faults(const HttpReply& reply, const std::string& field,
                             const std::string& text) {
  if (auto faults = field_faults(reply, field, text); !faults.empty()) return faults;
  if (!lists_text(reply.json(), field, text)) return wrong(reply, "no member " + field);
  return {};
}

std::string success_faults(const HttpReply& reply, int status) {
  if (reply.status != status) return wrong(reply, "not status " + std::to_string(status));
  if (reply.header("content-type").rfind("application/json", 0) != 0) {
    return wrong(reply, "content type " + reply.header("content-type"));
  }
  if (reply.json().is_discarded()) return wrong(reply, "no JSON");
  if (reply.header("x-request-id").empty()) return wrong(reply, "no X-Request-Id");
  return {};
}

std::string message_faults(const HttpReply& reply, int status, const std::string& message) {
  if (auto faults = success_faults(reply, status); !faults.empty()) return faults;
  json body = reply.json();
  if (!body.is_object() || body.value("message", json()) != message) {
    return wrong(reply, "message is not \"" + message + "\"");
  }
  return {};
}

std::string no_content_faults(const HttpReply& reply) {
  if (reply.status != 204) return wrong(reply, "not status 204");
  if (!reply.body.empty()) return wrong(reply, "a body");
  if (!reply.header("content-length").empty()) return wrong(reply, "a Content-Length");
  return {};
}

std::string shape_faults(const json& value, const std::string& shape) {
  if (!value.is_object()) return "no object: " + start_of(value.dump());
  std::istringstream words(shape);
  for (std::string word; words >> word;) {
    auto colon = word.find(':');
    std::string name = word.substr(0, colon);
    std::string kind = word.substr(colon + 1);
    bool nullable = kind.back() == '?';
    if (nullable) kind.pop_back();
    auto found = value.find(name);
    if (found == value.end()) return "no " + name + " in " + start_of(value.dump());
    if (found->is_null() ? nullable : is_of(*found, kind)) continue;
    return name + " is not " + word.substr(colon + 1) + " in " + start_of(value.dump());
  }
  return {};
}

std::string shapes_faults(const json& value, const std::string& shape) {
  if (!value.is_array()) return "no array: " + start_of(value.dump());
  for (const auto& entry : value) {
    if (auto faults = shape_faults(entry, shape); !faults.empty()) return faults;
  }
  return {};
}

json with_unknown_fields(json body) {
  body["no_such_field"] = "ignored";
  body["another_one"] = {{"nested", json::array({1, nullptr, "two"})}};
  return body;
}

}  // namespace marquee::e2e
