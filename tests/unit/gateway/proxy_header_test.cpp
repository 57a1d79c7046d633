#include "gateway/proxy_header.h"

#include <string>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using Progress = ProxyHeader::Progress;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
const std::string kTcp4("\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb", 12);
const std::string kTcp6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\x01' +
                          std::string(15, '\0') + '\x01' + std::string("\xdc\x04\x01\xbb", 4);

std::string binary(unsigned char command, unsigned char family, const std::string& rest) {
  std::string bytes = kSignature;
  bytes += static_cast<char>(command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(rest.size() >> 8);
  bytes += static_cast<char>(rest.size() & 0xff);
  return bytes + rest;
}

// "1.2.3.4", "none" for a header without an address, "more" or "malformed".
std::string source_of(const std::string& bytes) {
  ProxyHeader header;
  switch (ProxyHeader::parse(bytes, header)) {
    case Progress::kNeedsMore:
      return "more";
    case Progress::kMalformed:
      return "malformed";
    default:
      return header.source ? header.source->to_string() : "none";
  }
}

TEST_CASE("a PROXY line names whom the balancer speaks for") {
  CHECK(source_of("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n") == "192.0.2.1");
  CHECK(source_of("PROXY TCP6 2001:db8::1 ::1 1 65535\r\nGET / HTTP/1.1\r\n") == "2001:db8::1");
  CHECK(source_of("PROXY UNKNOWN\r\n") == "none");
  CHECK(source_of("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n") == "none");
  ProxyHeader header;
  const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";
  CHECK(ProxyHeader::parse(line + "\x16\x03\x01", header) == Progress::kDone);
  CHECK(header.bytes == line.size());
}

TEST_CASE("a PROXY line has one spelling") {
  for (const char* wrong :
       {"GET / HTTP/1.1\r\n", "proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n", "PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 ::1 1 2\r\n", "PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n", "PROXY UNKNOWNS\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\rX"}) {
    CAPTURE(wrong);
    CHECK(source_of(wrong) == "malformed");
  }
  const std::string_view with_nul("PROXY TCP4 192.0.2.1\0x 198.51.100.1 1 2\r\n", 41);
  CHECK(source_of(std::string(with_nul)) == "malformed");
  CHECK(source_of("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == "none");
  CHECK(source_of("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") == "malformed");
  CHECK(source_of("PROXY UNKNOWN " + std::string(200, 'x')) == "malformed");
}

TEST_CASE("a binary PROXY header names whom the balancer speaks for") {
  CHECK(source_of(binary(0x21, 0x11, kTcp4)) == "192.0.2.1");
  CHECK(source_of(binary(0x21, 0x21, kTcp6)) == "2001:db8::1");
  CHECK(source_of(binary(0x21, 0x11, kTcp4 + std::string("\x04\x00\x02xx", 5))) == "192.0.2.1");
  CHECK(source_of(binary(0x20, 0x00, "")) == "none");
  CHECK(source_of(binary(0x20, 0x11, kTcp4)) == "none");
  CHECK(source_of(binary(0x21, 0x00, "whatever")) == "none");
  CHECK(source_of(binary(0x21, 0x31, std::string(216, 'u'))) == "none");
  ProxyHeader header;
  CHECK(ProxyHeader::parse(binary(0x21, 0x11, kTcp4) + "GET", header) == Progress::kDone);
  CHECK(header.bytes == 28);
}

TEST_CASE("a binary PROXY header is read strictly and is bounded") {
  CHECK(source_of(binary(0x11, 0x11, kTcp4)) == "malformed");  // version 1
  CHECK(source_of(binary(0x22, 0x11, kTcp4)) == "malformed");  // no such command
  CHECK(source_of(binary(0x21, 0x12, kTcp4)) == "malformed");  // UDP
  CHECK(source_of(binary(0x21, 0x41, kTcp4)) == "malformed");
  CHECK(source_of(binary(0x21, 0x11, kTcp4.substr(1))) == "malformed");
  CHECK(source_of(binary(0x21, 0x21, kTcp4)) == "malformed");
  CHECK(source_of(binary(0x21, 0x31, std::string(215, 'u'))) == "malformed");
  CHECK(source_of(binary(0x21, 0x11, kTcp4 + std::string("\x04\x00\x03xx", 5))) == "malformed");
  CHECK(source_of(binary(0x21, 0x11, kTcp4 + "\x04")) == "malformed");
  CHECK(source_of(binary(0x21, 0x00, std::string(4080, 'x'))) == "none");
  CHECK(source_of(binary(0x21, 0x00, std::string(4081, 'x'))) == "malformed");
}

TEST_CASE("a PROXY header may come in pieces, and nothing else is taken for one") {
  for (const std::string& whole : {std::string("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"),
                                   binary(0x21, 0x21, kTcp6 + std::string("\x04\x00\x02xx", 5))}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      CHECK(source_of(whole.substr(0, size)) == "more");
    }
  }
  CHECK(source_of("\x16\x03\x01") == "malformed");
  CHECK(source_of("PX") == "malformed");
  CHECK(source_of("\r\n\r\nG") == "malformed");
}

}  // namespace
}  // namespace marquee::gateway
