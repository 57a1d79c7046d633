#include "gateway/client_address.h"

#include <stdexcept>

#include "tests/catch.h"

namespace marquee::gateway {
namespace {

std::string client(const std::vector<std::string>& trusted, const char* peer,
                   std::string_view forwarded) {
  return ClientAddress(trusted).find(net::ip::make_address(peer), forwarded).to_string();
}

TEST_CASE("strangers cannot say who they are") {
  CHECK(client({}, "1.2.3.4", "9.9.9.9") == "1.2.3.4");
  CHECK(client({"10.0.0.0/8"}, "1.2.3.4", "9.9.9.9") == "1.2.3.4");
}

TEST_CASE("our proxies name the client, and what they appended last counts") {
  CHECK(client({"10.0.0.0/8"}, "10.1.1.1", "6.6.6.6, 9.9.9.9") == "9.9.9.9");
  CHECK(client({"10.0.0.0/8"}, "10.1.1.1", "6.6.6.6, 9.9.9.9, 10.2.2.2") == "9.9.9.9");
  CHECK(client({"10.0.0.0/8"}, "10.1.1.1", "") == "10.1.1.1");
  CHECK(client({"10.0.0.0/8"}, "10.1.1.1", "nonsense") == "10.1.1.1");
  CHECK(client({"::1"}, "::1", "2001:db8::1") == "2001:db8::1");
}

TEST_CASE("an IPv4 address stays one when it comes as IPv6") {
  CHECK(client({}, "::ffff:1.2.3.4", "") == "1.2.3.4");
  CHECK(client({"1.2.3.4"}, "::ffff:1.2.3.4", "::ffff:5.6.7.8") == "5.6.7.8");
}

TEST_CASE("a proxy list that is none stops the start") {
  CHECK_THROWS_AS(ClientAddress({"10.0.0.0/99"}), std::invalid_argument);
  CHECK_THROWS_AS(ClientAddress({"proxy"}), std::invalid_argument);
}

}  // namespace
}  // namespace marquee::gateway
