#include "libs/websocket/handshake.h"

#include "tests/catch.h"

namespace marquee::websocket {
namespace {

TEST_CASE("websocket: the handshake of RFC 6455") {
  CHECK(accept_value("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  for (const char* bad :
       {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=\n", "dGhlIHNhbXBsZSBub25jZSBh"}) {
    CHECK_FALSE(is_valid_key(bad));
  }
  CHECK(switching_protocols("dGhlIHNhbXBsZSBub25jZQ==").ends_with("xOo=\r\n\r\n"));
}

}  // namespace
}  // namespace marquee::websocket
