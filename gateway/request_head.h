// What the gateway reads of a request's head. Views into the connection's buffer; a field that was
// not sent is empty. Hostile: any bytes that a header may hold.
#pragma once

#include <string_view>

namespace marquee::gateway {

struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::string_view host;
  std::string_view authorization;
  std::string_view cookie;
  std::string_view origin;
  std::string_view referer;
  std::string_view sec_fetch_site;
  std::string_view if_none_match;
  std::string_view accept_encoding;
  std::string_view content_type;
  std::string_view forwarded_for;
  std::string_view request_id;
  std::string_view traceparent;
  std::string_view preflight_method;  // Access-Control-Request-Method
  std::string_view expect;
  std::string_view upgrade;
  std::string_view websocket_key;      // Sec-WebSocket-Key
  std::string_view websocket_version;  // Sec-WebSocket-Version
};

}  // namespace marquee::gateway
