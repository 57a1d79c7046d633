// Compressing answers. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace marquee::gateway {

// Smaller bodies are sent as they are.
inline constexpr std::size_t kGzipBytesMin = 1024;

// `level`: 1 (fast) to 9 (small). Empty when it could not be compressed.
std::string gzip(std::string_view bytes, int level);

}  // namespace marquee::gateway
