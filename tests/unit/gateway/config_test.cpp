#include "gateway/config.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "libs/transcode/api.h"
#include "libs/transcode/route_table.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

TEST_CASE("listen addresses are host and port") {
  CHECK(parse_host_port("127.0.0.1:8000").host == "127.0.0.1");
  CHECK(parse_host_port("127.0.0.1:8000").port == 8000);
  CHECK(parse_host_port("[::1]:80").host == "::1");
  CHECK(parse_host_port(":80").host.empty());
  for (const char* wrong : {"", "localhost", "host:", "host:x", "host:70000", "::1:80"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_host_port(wrong), std::invalid_argument);
  }
}

TEST_CASE("upstreams have a name and one address or more") {
  CHECK(parse_upstreams({"movie=file:/run/movie"})[0].addresses ==
        std::vector<std::string>{"file:/run/movie"});
  auto upstreams = parse_upstreams({"auth=a:1", "movie=b:2|c:3"});
  REQUIRE(upstreams.size() == 2);
  CHECK(upstreams[0].name == "auth");
  CHECK(upstreams[1].addresses == std::vector<std::string>{"b:2", "c:3"});
  for (const char* wrong :
       {"auth", "=a:1", "auth=", "auth=a", "auth=a:1|", "auth=:1", "auth=a:0"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_upstreams({wrong}), std::invalid_argument);
  }
  CHECK_THROWS_AS(parse_upstreams({"a=b:1", "a=c:1"}), std::invalid_argument);
}

TEST_CASE("the default upstreams are all that routes ask for") {
  std::set<std::string> named;
  for (const auto& upstream : parse_upstreams(Config().upstreams)) named.insert(upstream.name);
  transcode::Api api(embedded::marquee_descriptor_set());
  std::set<std::string> asked;
  const transcode::RouteTable table(api);
  for (const auto& route : table.routes()) {
    asked.insert(route->method->upstream);
  }
  CHECK(named == asked);
}

TEST_CASE("rates are laid over the defaults") {
  auto rates = parse_rates({"auth=5/1s", "read=off", "upload=3/2h"});
  auto named = [&](const std::string& name) {
    return *std::find_if(rates.begin(), rates.end(),
                         [&](const Rate& rate) { return rate.name == name; });
  };
  CHECK(named("auth").limit == 5);
  CHECK(named("auth").period == Millis(1000));
  CHECK(named("read").limit == 0);
  CHECK(named("write").limit == 600);
  CHECK(named("upload").period == Millis(2 * 3'600'000));
  for (const char* wrong : {"auth", "=1/1s", "auth=1", "auth=0/1s", "auth=1/1d", "auth=x/1s"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_rates({wrong}), std::invalid_argument);
  }
}

}  // namespace
}  // namespace marquee::gateway
