// The one error object of the API, for every failure whoever made it: RFC 9457 members beside those
// that the clients of the five systems read (contract/README 3 and 14). A value, not an exception.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/error.h"

namespace marquee::rpc {
struct Answer;
}

namespace marquee::gateway {

struct Problem {
  unsigned status = 500;
  std::string code;     // machine-readable: "movie_not_found"
  std::string message;  // for people, shown as message and detail
  std::vector<std::pair<std::string, std::string>> fields;  // field path, text
  std::uint32_t retry_after_s = 0;                          // 0: says nothing

  Problem(unsigned http_status, std::string reason, std::string text)
      : status(http_status), code(std::move(reason)), message(std::move(text)) {}
};

// "Not Found"; "Error" for a status we never send.
std::string_view status_text(unsigned status);
unsigned http_status(Code code);

// What a service's failed call is to the client. Texts that may name our insides (those of gRPC
// itself, of INTERNAL and the like) are replaced.
Problem problem_of(const rpc::Answer& reply);

Problem not_authenticated();  // 401 without a token
Problem token_expired();
Problem token_not_valid();
Problem unavailable(std::string reason, std::uint32_t retry_after_s);
Problem too_many_requests(std::uint32_t retry_after_s);
Problem method_not_allowed(std::string_view method);

// The JSON object. `top_level` repeats the fields as members of the object itself.
std::string problem_json(const Problem& problem, std::string_view request_id, bool top_level);

}  // namespace marquee::gateway
