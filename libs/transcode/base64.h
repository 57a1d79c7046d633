// RFC 4648: `bytes` fields in JSON.
#pragma once

#include <string>
#include <string_view>

namespace marquee::transcode {

// Appends the standard alphabet with padding.
void append_base64(std::string_view bytes, std::string& out);
// Appends the bytes; takes the standard and the URL-safe alphabet, padded or not. False for
// anything else, `out` then holds a part.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace marquee::transcode
