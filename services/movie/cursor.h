// Cursors of lists (libs/paging), by the names that the stores use.
#pragma once

#include "libs/paging/cursor.h"

namespace marquee::movie {

using paging::cursor_bits;
using paging::cursor_double;
using paging::decode_cursor;
using paging::decode_time_cursor;
using paging::encode_cursor;
using paging::kBeyondTimeUs;

}  // namespace marquee::movie
