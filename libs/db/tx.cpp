#include "libs/db/tx.h"

#include <charconv>
#include <stdexcept>

#include "libs/core/log.h"
#include "libs/db/connection.h"

namespace marquee::db {
namespace {

// The server quotes the constraint's name last: ... unique constraint "users_email_key".
std::string constraint_name(std::string_view message) {
  message = message.substr(0, message.find('\n'));
  auto end = message.rfind('"');
  if (end == std::string_view::npos || end == 0) return {};
  auto begin = message.rfind('"', end - 1);
  if (begin == std::string_view::npos) return {};
  return std::string(message.substr(begin + 1, end - begin - 1));
}

Error database_unavailable() {
  return Error::unavailable("database_unavailable", "Service temporarily unavailable")
      .retry_after(std::chrono::seconds(1));
}

[[noreturn]] void translate_sql_error(const pqxx::sql_error& error, const char* what) {
  const std::string& state = error.sqlstate();
  if (state == "57014") throw Error::deadline();
  if (state == "55P03") throw LockTimeout();
  if (state.rfind("08", 0) == 0 || state.rfind("57P", 0) == 0 || state == "53300") {
    throw database_unavailable();
  }
  if (state == "23505") {
    throw ConstraintViolation(Code::kAlreadyExists, constraint_name(error.what()));
  }
  if (state.rfind("23", 0) == 0) {
    throw ConstraintViolation(Code::kInvalidArgument, constraint_name(error.what()));
  }
  if (state == "22003" || state == "22008" || state == "22021") {
    throw Error::invalid("out_of_range", "A value is out of range");
  }
  log::error("sql error", {{"statement", what}, {"sqlstate", state}, {"error", error.what()}});
  throw Error(Code::kInternal, "internal", "Internal server error");
}

}  // namespace

void translate_current_exception(const char* what) {
  try {
    throw;
  } catch (const pqxx::broken_connection& error) {
    log::warn("database connection lost", {{"statement", what}});
    throw database_unavailable();
  } catch (const pqxx::transaction_rollback&) {
    // Serialization failure or deadlock; version 6 gives no SQLSTATE with it.
    throw Error(Code::kAborted, "conflict", "The change conflicted with another one; try again");
  } catch (const pqxx::sql_error& error) {
    translate_sql_error(error, what);
  } catch (const pqxx::in_doubt_error& error) {
    log::error("commit in doubt", {{"statement", what}, {"error", error.what()}});
    throw database_unavailable();
  } catch (const pqxx::failure& error) {
    log::error("database failure", {{"statement", what}, {"error", error.what()}});
    throw Error(Code::kInternal, "internal", "Internal server error");
  } catch (const pqxx::usage_error& error) {
    log::error("database misuse", {{"statement", what}, {"error", error.what()}});
    throw Error(Code::kInternal, "internal", "Internal server error");
  }
}

void Tx::count() {
  if (statements_left_ == kAny) return;
  if (statements_left_ == 0) throw std::logic_error("a second statement without a transaction");
  --statements_left_;
}

void Tx::before(const Statement& statement) {
  count();
  try {
    connection_.prepare(statement);
  } catch (...) {
    translate(statement.name);
  }
}

pqxx::result Tx::run(const std::string& sql) {
  count();
  try {
    return work_->exec(sql);
  } catch (...) {
    translate("run");
  }
}

void Tx::translate(const char* what) {
  try {
    translate_current_exception(what);
  } catch (const Error& error) {
    if (error.code() == Code::kUnavailable || !connection_.raw().is_open()) {
      connection_.mark_broken();
    }
    throw;
  }
}

double real(const pqxx::field& field) {
  double value = 0;
  std::string_view digits = text(field);
  // What PostgreSQL writes it reads, "NaN" and "-Infinity" too.
  auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc()) throw Error(Code::kInternal, "internal", "Internal server error");
  return value;
}

std::string array(const std::vector<std::int64_t>& values) {
  std::string text = "{";
  for (auto value : values) {
    if (text.size() > 1) text += ',';
    text += std::to_string(value);
  }
  return text + "}";
}

std::vector<std::int64_t> from_array(std::string_view text) {
  std::vector<std::int64_t> values;
  const char* at = text.data();
  const char* const end = at + text.size();
  // A brace or a comma comes before each.
  while (at != end && ++at != end && *at != '}') {
    const auto read = std::from_chars(at, end, values.emplace_back());
    if (read.ec != std::errc()) throw Error(Code::kInternal, "internal", "Internal server error");
    at = read.ptr;
  }
  return values;
}

std::string array(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const auto& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::string bytea(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + 2 * bytes.size());
  for (unsigned char c : bytes) {
    text += kHex[c >> 4];
    text += kHex[c & 15];
  }
  return text;
}

std::string from_bytea(std::string_view text) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  std::string bytes;
  if (text.rfind("\\x", 0) != 0) return bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return bytes;
}

}  // namespace marquee::db
