// JSON, query and path values -> protobuf wire form of the request message.
//
// Later wins on the wire: query, then body, then path. Unknown names are ignored. Wrong types are
// errors with the field's path. For optional dates and numbers `""` and null mean unset; null means
// unset for every field. A 64-bit integer or number may also come as a JSON string of that number.
// Hostile input: any bytes; nesting at most 32 levels; strings must be valid UTF-8; duplicate
// names: last wins, and it replaces a list or an object whole. U+0000 is refused (no database takes
// it).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/transcode/route_table.h"

namespace marquee::transcode {

// `RequestError::reason` of a path value that does not fit: answer 404.
inline constexpr std::string_view kNoSuchPath = "no_such_path";

struct RequestError {
  // "malformed_json", "wrong_type", "out_of_range", "invalid_utf8", "too_deep", "bad_query"
  std::string reason;
  std::string field;    // path as the client spells it ("cast[3].name"); empty for the whole body
  std::string message;  // for the client: "Rating must be a number", "Invalid min_rating format"
};

// Appends to `wire` (not cleared). `query` is the raw part after '?', without it. `body` is the raw
// body, read only if the route takes one; an empty one counts as `{}`.
// Returns an error or nothing. Texts: body fields "<Field name> must be a number" (first letter
// upper case, underscores as blanks; also "an integer", "a string", "true or false", "a list", "an
// object", "a date-time in RFC 3339", "one of: a, b"), query and path values "Invalid <name>
// format", malformed JSON "JSON parse error - <what> at byte <n>". A path value that does not fit
// its field's type is not an error but `kNoSuchPath` in `reason`
// ("no_such_path"): the caller answers 404.
std::optional<RequestError> encode_request(const Route& route,
                                           const std::vector<std::string>& values,
                                           std::string_view query, std::string_view body,
                                           std::string& wire);

// JSON object -> wire of `plan` (used for bodies and by socket commands).
std::optional<RequestError> encode_json(const MessagePlan& plan, std::string_view json,
                                        std::string& wire);

// Splits and decodes a query ('+' is a blank). Pairs in order; false for invalid escapes or UTF-8.
bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out);
// Percent-decodes; false for invalid escapes, invalid UTF-8 or NUL.
bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out);

}  // namespace marquee::transcode
