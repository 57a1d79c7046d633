// The status line and headers of an answer as bytes.
#pragma once

#include <string>

#include "gateway/exchange.h"

namespace marquee::gateway {

// `keep_alive`: what Connection says. Takes the date of this second. Any thread.
std::string response_head(const Exchange& x, bool keep_alive, bool http_1_0);
// Whether the answer's body is sent: not for HEAD, 204 and 304.
bool sends_body(const Exchange& x);

}  // namespace marquee::gateway
