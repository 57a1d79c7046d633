// Where a list goes on: the sort key of the last item, opaque to clients (base64url). Cursors come
// from outside and may hold anything: decoding checks kind and count, stores bind the values as
// parameters. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::paging {

// `kind` names the list, so that a cursor of one list does not pass in another.
std::string encode_cursor(std::string_view kind, const std::vector<std::int64_t>& values);
// Throws INVALID_ARGUMENT "Invalid cursor" unless `cursor` is one of `kind` with `count` values.
std::vector<std::int64_t> decode_cursor(std::string_view kind, std::string_view cursor,
                                        std::size_t count);

// Of a list ordered by time: microseconds since 1970 and an id.
inline constexpr std::int64_t kBeyondTimeUs = 253'402'300'799'000'000;  // the end of year 9999
std::vector<std::int64_t> decode_time_cursor(std::string_view kind, std::string_view cursor);

// Doubles travel bit by bit.
std::int64_t cursor_bits(double value);
double cursor_double(std::int64_t bits);

}  // namespace marquee::paging
