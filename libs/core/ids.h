// Random identifiers. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace marquee {

// A random UUID (version 4) in lower case with dashes.
std::string random_uuid();
// `bytes` random bytes from the system's source as base64url without padding.
std::string random_token(std::size_t bytes);
// True for the 36-character form with dashes, either case.
bool is_uuid(std::string_view text);
// True for 1-64 characters of [A-Za-z0-9._-], what we take as request id from outside.
bool is_request_id(std::string_view text);
// 16 hex digits, cheap (not secret): ids of requests and traces.
std::string random_request_id();
// The same into memory that is there already.
void random_request_id(std::string& out);

std::string base64url_encode(std::string_view bytes);
// False when `text` is not unpadded base64url.
bool base64url_decode(std::string_view text, std::string& out);

}  // namespace marquee
