// What a request costs in the gateway's data plane, step by step and without a socket: reading its
// head (beside Beast's own message parser in the same run), checking its token, and a cached answer
// from the bytes of the request to the bytes of the answer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "gateway/answer_batch.h"
#include "gateway/io_threads.h"
#include "gateway/pipeline.h"
#include "gateway/request_parser.h"
#include "gateway/response_head.h"
#include "libs/identity/keys.h"
#include "libs/transcode/api.h"
#include "marquee_descriptor_set.h"

namespace marquee::gateway {
namespace {

namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr int kRuns = 15;
constexpr auto kRunTime = std::chrono::milliseconds(30);
constexpr std::size_t kHeadBytesMax = 16 * 1024;

const std::string kPlain = "GET /api/movies/top HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n";
const std::string kBrowser =
    "GET /api/movies/top HTTP/1.1\r\nHost: marquee.example\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
    "Accept: application/json, text/plain, */*\r\nAccept-Encoding: br\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\nOrigin: http://localhost:3000\r\n"
    "Referer: http://localhost:3000/\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Site: cross-site\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n";

double nanoseconds_of(const std::function<void()>& call) {
  long calls = 0;
  auto start = Clock::now();
  auto elapsed = Clock::duration::zero();
  while (elapsed < kRunTime) {
    for (int i = 0; i < 100; ++i) call();
    calls += 100;
    elapsed = Clock::now() - start;
  }
  return std::chrono::duration<double, std::nano>(elapsed).count() / static_cast<double>(calls);
}

struct Step {
  const char* name;
  std::function<void()> call;
  std::vector<double> times = {};
};

// In turns, so that a disturbance of the machine meets all. Ratios are to the first.
void measure(const char* title, std::vector<Step> steps) {
  for (int run = 0; run < kRuns; ++run) {
    for (Step& step : steps) step.times.push_back(nanoseconds_of(step.call));
  }
  std::printf("%s\n", title);
  double base = 0;
  for (Step& step : steps) {
    std::sort(step.times.begin(), step.times.end());
    double median = step.times[step.times.size() / 2];
    if (base == 0) base = median;
    std::printf("  %-44s %9.0f ns   %5.2f\n", step.name, median, median / base);
  }
}

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "gateway_bench: %s\n", what);
  std::exit(1);
}

void parse_with_beast(const std::string& bytes) {
  http::request_parser<http::string_body> parser;
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  check(parser.is_header_done(), "Beast does not take it");
}

void measure_parsing() {
  RequestParser parser(kHeadBytesMax);
  auto parse = [&](const std::string& bytes) {
    parser.reset();
    check(parser.parse_head(bytes) == RequestParser::Progress::kDone, "we do not take it");
  };
  measure("a head of 2 lines", {{"Beast's message parser", [] { parse_with_beast(kPlain); }},
                                {"request parser", [&] { parse(kPlain); }}});
  measure("a head of 13 lines", {{"Beast's message parser", [] { parse_with_beast(kBrowser); }},
                                 {"request parser", [&] { parse(kBrowser); }}});
}

// A gateway's parts without its threads.
struct Parts {
  Config config;
  transcode::Api api{embedded::marquee_descriptor_set()};
  transcode::RouteTable table{api};
  RateLimiter limiter{parse_rates({"read=1000000000/1m"})};
  Cors cors{config.cors_origins, false};
  SessionCookie cookie{config};
  ClientAddress client_address{{}};
  OwnPages own_pages{[] { return std::string(); }};
  DocsPages docs{api, table, config};
  Metrics metrics{table.routes(), limiter.rates(), 1};
  EdgeCache cache{1 << 20};
  PerCore<FrontCache> fronts{1};
  IoThreads threads{1};
  Upstream auth{UpstreamAddress{"auth", {"127.0.0.1:1"}}, threads, Upstream::Options{}};
  Upstreams upstreams;
  RoutePlans plans{table, upstreams, limiter, config};
  AuthDirectory directory{threads.context(0).get_executor(), auth};
  Authenticator authenticator{directory, 1};
  Pipeline pipeline{{config, table, plans, own_pages, docs, cors, cookie, client_address, limiter,
                     authenticator, cache, fronts, metrics, nullptr, nullptr}};
};

void measure_tokens(Parts& parts) {
  auto key = identity::generate_signing_key();
  const std::string jwks = identity::make_jwks({identity::public_jwk(key)});
  check(parts.directory.learn(jwks), "the keys are not taken");
  identity::Claims claims;
  claims.user_id = 7;
  claims.uid = "9b2d7c1e-0000-4000-8000-000000000001";
  claims.session_id = "5f0c7c1e-0000-4000-8000-000000000002";
  claims.subject = "7";
  claims.issued_at = std::chrono::system_clock::now() - std::chrono::minutes(1);
  claims.expires_at = std::chrono::system_clock::now() + std::chrono::hours(1);
  const std::string token = identity::sign(claims, key);
  identity::Verifier verifier(jwks);
  auto identify = [&] {
    auto identity = parts.authenticator.identify(token);
    check(identity && identity->state == Identity::State::kValid, "the token is not taken");
  };
  auto verify = [&] {
    identity::Claims read;
    check(verifier.verify(token, std::chrono::system_clock::now(), read) ==
              identity::Verifier::Result::kValid,
          "the token does not verify");
  };
  measure("a token", {{"verified anew", verify},
                      {"known to this core", identify},
                      {"known to the memory of all", [&] {
                         set_this_core(kNoCore);
                         identify();
                         set_this_core(0);
                       }}});
}

void measure_hit(Parts& parts) {
  const auto& routes = parts.table.routes();
  auto found = parts.table.match("GET", "/api/movies/popular");
  check(found.route != nullptr, "no such route");
  auto known = std::make_shared<FrontAnswer>();
  known->target = "/api/movies/top";
  known->route = parts.plans.of(*routes[found.route->index]);
  known->generation = parts.cache.generation();
  known->expires = Clock::now() + std::chrono::hours(1);
  known->answer = std::make_shared<const CachedAnswer>(200, std::string(8'000, 'x'), "");
  append_constant_head(known->head, 200, "ETag: \"x\"\r\nContent-Type: application/json\r\n",
                       8'000);
  parts.fronts.here()->keep(known);

  RequestParser parser(kHeadBytesMax);
  Exchange x;
  x.peer = net::ip::make_address("127.0.0.1");
  AnswerBatch batch;
  auto answer = [&](const std::string& bytes) {
    parser.reset();
    check(parser.parse_head(bytes) == RequestParser::Progress::kDone, "we do not take it");
    x.reset();
    x.head = parser.head();
    check(parts.pipeline.answer_known(x), "the answer is not known");
    batch.add(x, true, false);
    if (batch.full()) batch.clear();
  };
  measure("a cached answer, bytes to bytes",
          {{"to a head of 2 lines", [&] { answer(kPlain); }},
           {"to a head of 13 lines", [&] { answer(kBrowser); }}});
}

}  // namespace
}  // namespace marquee::gateway

int main() {
  using namespace marquee::gateway;
  set_this_core(0);
  Parts parts;
  measure_parsing();
  measure_tokens(parts);
  measure_hit(parts);
}
