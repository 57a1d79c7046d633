// Reading the header values that the gateway decides on. Hostile input: any bytes a header may
// hold; what does not parse counts as not sent.
#pragma once

#include <string_view>

namespace marquee::gateway {

// Without blanks and tabs at both ends.
std::string_view trim(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right);

// The token of "Bearer <token>", else empty.
std::string_view bearer_token(std::string_view authorization);
// Value of the first cookie of that name, without quotes; empty when there is none.
std::string_view cookie_value(std::string_view cookies, std::string_view name);
// Whether an Accept-Encoding admits gzip (by name or `*`, q above 0).
bool accepts_gzip(std::string_view accept_encoding);
// application/json or application/<anything>+json, with any parameters; also an absent type.
bool is_json(std::string_view content_type);
// Whether If-None-Match names the representation `tag` ("abc", without quotes) or its gzip form, by
// weak comparison; `*` names all.
bool names_etag(std::string_view if_none_match, std::string_view tag);

}  // namespace marquee::gateway
