// The one exception of Marquee's services: a canonical code, a machine-readable reason, a text for
// people and the fields that were wrong. Thrown anywhere below a handler, caught once in libs/rpc
// and turned into a gRPC status there; the gateway makes problem+json of it.
//
//   throw Error::not_found("movie_not_found", "Movie not found");
//   throw Error::invalid("wrong_confirmation", "Passwords do not match").field("confirm_password",
//   "...");
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace marquee {

// Numbers are gRPC's.
enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "not_found"; "unknown" for a number out of range.
std::string_view code_name(Code code);

class Error : public std::exception {
 public:
  struct Field {
    std::string name;
    std::string message;
  };

  Error(Code code, std::string reason, std::string message)
      : code_(code), reason_(std::move(reason)), message_(std::move(message)) {}

  static Error invalid(std::string reason, std::string message) {
    return {Code::kInvalidArgument, std::move(reason), std::move(message)};
  }
  static Error not_found(std::string reason, std::string message) {
    return {Code::kNotFound, std::move(reason), std::move(message)};
  }
  static Error exists(std::string reason, std::string message) {
    return {Code::kAlreadyExists, std::move(reason), std::move(message)};
  }
  static Error denied(std::string reason, std::string message) {
    return {Code::kPermissionDenied, std::move(reason), std::move(message)};
  }
  static Error unauthenticated(std::string reason, std::string message) {
    return {Code::kUnauthenticated, std::move(reason), std::move(message)};
  }
  static Error unavailable(std::string reason, std::string message) {
    return {Code::kUnavailable, std::move(reason), std::move(message)};
  }
  static Error deadline(std::string message = "The request took too long") {
    return {Code::kDeadlineExceeded, "deadline_exceeded", std::move(message)};
  }

  // Names a wrong field; may be repeated.
  Error&& field(std::string name, std::string message) && {
    fields_.push_back({std::move(name), std::move(message)});
    return std::move(*this);
  }
  // Says when to try again.
  Error&& retry_after(std::chrono::milliseconds after) && {
    retry_after_ = after;
    return std::move(*this);
  }
  void add_field(std::string name, std::string message) {
    fields_.push_back({std::move(name), std::move(message)});
  }

  const char* what() const noexcept override { return message_.c_str(); }
  Code code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }
  const std::vector<Field>& fields() const { return fields_; }
  std::chrono::milliseconds retry_after() const { return retry_after_; }

 private:
  Code code_;
  std::string reason_;
  std::string message_;
  std::vector<Field> fields_;
  std::chrono::milliseconds retry_after_{0};
};

// Gathers the violations of one request so that the client hears of all at once.
//
//   Violations bad;
//   if (request.username().empty()) bad.add("username", "This field may not be blank.");
//   bad.check();
class Violations {
 public:
  void add(std::string name, std::string message) {
    fields_.push_back({std::move(name), std::move(message)});
  }
  bool empty() const { return fields_.empty(); }
  // Throws INVALID_ARGUMENT with every field, the first one's text (or `message`) as message.
  void check(const std::string& message = {}) const;

 private:
  std::vector<Error::Field> fields_;
};

}  // namespace marquee
