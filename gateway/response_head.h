// The status line and headers of an answer as bytes.
#pragma once

#include <optional>
#include <string>

#include "gateway/config.h"
#include "gateway/exchange.h"

namespace marquee::gateway {

// `keep_alive`: what Connection says. Takes the date of this second. Any thread.
void append_response_head(std::string& out, const Exchange& x, bool keep_alive, bool http_1_0);
// Whether the answer's body is sent: not for HEAD, 204 and 304.
bool sends_body(const Exchange& x);

// The part that does not depend on the request: status line, what every answer says, `headers`,
// Content-Length where `status` has one and it is known. What Answer::ready_head holds.
void append_constant_head(std::string& out, unsigned status, std::string_view headers,
                          std::optional<std::size_t> body_bytes);

// The line by which browsers are told to insist on TLS; empty where they are not.
std::string strict_transport_security(const Config& config);

}  // namespace marquee::gateway
