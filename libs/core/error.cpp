#include "libs/core/error.h"

#include <array>

namespace marquee {

std::string_view code_name(Code code) {
  static constexpr std::array<std::string_view, 17> kNames = {"ok",
                                                              "cancelled",
                                                              "unknown",
                                                              "invalid_argument",
                                                              "deadline_exceeded",
                                                              "not_found",
                                                              "already_exists",
                                                              "permission_denied",
                                                              "resource_exhausted",
                                                              "failed_precondition",
                                                              "aborted",
                                                              "out_of_range",
                                                              "unimplemented",
                                                              "internal",
                                                              "unavailable",
                                                              "data_loss",
                                                              "unauthenticated"};
  auto number = static_cast<std::size_t>(code);
  return number < kNames.size() ? kNames[number] : kNames[2];
}

void Violations::check(const std::string& message) const {
  if (fields_.empty()) return;
  Error error =
      Error::invalid("invalid_fields", message.empty() ? fields_.front().message : message);
  for (const auto& field : fields_) error.add_field(field.name, field.message);
  throw error;
}

}  // namespace marquee
