// The edge cache seen from outside: what is kept, for whom, until when.
#include <thread>
#include <zlib.h>

#include "libs/bus/bus.h"
#include "libs/testing/nats.h"
#include "libs/testing/process.h"
#include "marquee/api/bus.pb.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/movie/v1/catalog.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using nlohmann::json;

const std::string kGetMovie = "marquee.movie.v1.MovieCatalog/GetMovie";
const std::string kGetDetail = "marquee.movie.v1.MovieCatalog/GetMovieDetail";
const std::string kPopular = "marquee.movie.v1.MovieCatalog/ListPopular";
const std::string kPopularCards = "marquee.movie.v1.MovieCatalog/ListPopularCards";
const std::string kSearch = "marquee.movie.v1.MovieCatalog/SearchMovies";
const std::string kUpdate = "marquee.movie.v1.MovieCatalog/UpdateMovie";

struct Films : TestGateway {
  explicit Films(const std::function<void(Config&)>& change = [](Config&) {})
      : TestGateway(change) {
    service().on(kGetMovie, [](const FakeCall& call) {
      auto movie = std::make_unique<movie::v1::Movie>();
      movie->set_id(call.as<movie::v1::GetMovieRequest>().id());
      movie->set_title(std::string(3000, 'T'));
      return movie;
    });
    service().reply(kGetDetail, movie::v1::MovieDetail());
    service().reply(kPopularCards, movie::v1::CardsReply());
    service().reply(kUpdate, movie::v1::MovieMessage());
    movie::v1::MoviesEnvelope envelope;
    envelope.set_message("Results retrieved from database");
    service().reply(kPopular, envelope);
    service().reply(kSearch, envelope);
  }
};

std::string unzip(const std::string& packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1 << 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST_CASE("the second read does not reach the service") {
  Films t;
  auto http = t.client();
  auto first = http.get("/api/movies/1");
  auto second = http.get("/api/movies/1/");
  CHECK(first.status == 200);
  CHECK(second.body == first.body);
  CHECK(second.header("etag") == first.header("etag"));
  CHECK(first.header("cache-control") == "no-cache");
  CHECK(t.service().calls(kGetMovie) == 1);
  CHECK(http.get("/api/movies/2").json()["id"] == 2);
  CHECK(t.service().calls(kGetMovie) == 2);
}

TEST_CASE("what is still fresh is not sent again") {
  Films t;
  auto http = t.client();
  auto first = http.get("/api/movies/1");
  const std::string tag = first.header("etag");
  auto same = http.request("GET", "/api/movies/1", "", {{"If-None-Match", "\"x\", W/" + tag}});
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(same.header("etag") == tag);
  CHECK(http.request("GET", "/api/movies/1", "", {{"If-None-Match", "*"}}).status == 304);
  CHECK(http.request("GET", "/api/movies/1", "", {{"If-None-Match", "\"x\""}}).status == 200);
  CHECK(http.request("GET", "/api/movies/2", "", {{"If-None-Match", tag}}).status == 200);
  auto head = http.request("HEAD", "/api/movies/1");
  CHECK(head.header("etag") == tag);
  CHECK(head.header("content-length") == std::to_string(first.body.size()));
}

TEST_CASE("a compressed answer is the same answer with a tag of its own") {
  Films t;
  auto http = t.client();
  auto plain = http.get("/api/movies/1");
  http.set_header("Accept-Encoding", "gzip");
  auto packed = http.get("/api/movies/1");
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(unzip(packed.body) == plain.body);
  CHECK(packed.header("etag") != plain.header("etag"));
  CHECK(packed.header("vary").find("Accept-Encoding") != std::string::npos);
  auto same = http.request("GET", "/api/movies/1", "", {{"If-None-Match", packed.header("etag")}});
  CHECK(same.status == 304);
  CHECK(same.header("etag") == packed.header("etag"));
  CHECK(http.get("/api/movies/popular").header("content-encoding").empty());
  CHECK(t.service().calls(kGetMovie) == 1);
}

TEST_CASE("the order of parameters and unknown ones do not matter") {
  Films t;
  auto http = t.client();
  http.get("/api/movies/search?title=a&year=1999");
  http.get("/api/movies/search?year=1999&utm=x&title=%61");
  CHECK(t.service().calls(kSearch) == 1);
  http.get("/api/movies/search?year=1999&title=b");
  http.get("/api/movies/search?title=b1999");
  CHECK(t.service().calls(kSearch) == 3);
  CHECK(http.get("/api/movies/search?year=soon").status == 400);
  CHECK(http.get("/api/movies/search?year=%zz").status == 400);
  CHECK(t.service().calls(kSearch) == 3);
}

TEST_CASE("an answer from the cache says so where its contract wants it") {
  Films t;
  auto http = t.client();
  CHECK(http.get("/api/movies/popular").json()["message"] == "Results retrieved from database");
  CHECK(http.get("/api/movies/popular").json()["message"] == "Results retrieved from cache");
}

TEST_CASE("many misses at once make one call") {
  Films t([](Config& config) { config.ops_listen = "127.0.0.1:0"; });
  t.service().hold(kGetMovie);
  constexpr int kClients = 12;
  std::vector<int> statuses(kClients);
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] { statuses[i] = t.client().get("/api/movies/1").status; });
  }
  testing::HttpClient ops("http://127.0.0.1:" + std::to_string(t.gateway().ops_port()));
  CHECK(testing::eventually([&] {
    return ops.get("/metrics").body.find("marquee_http_requests_in_flight 12") != std::string::npos;
  }));
  t.service().release();
  for (auto& thread : threads) thread.join();
  CHECK(statuses == std::vector<int>(kClients, 200));
  CHECK(t.service().calls(kGetMovie) == 1);
}

TEST_CASE("a failure is shared and not kept") {
  Films t;
  t.service().on(kGetMovie, [](const FakeCall&) -> std::unique_ptr<google::protobuf::Message> {
    throw Error::not_found("movie_not_found", "Movie not found");
  });
  auto http = t.client();
  CHECK(http.get("/api/movies/1").json()["code"] == "movie_not_found");
  CHECK(http.get("/api/movies/1").status == 404);
  CHECK(t.service().calls(kGetMovie) == 2);
}

TEST_CASE("who writes reads the own write") {
  Films t;
  auto http = t.client();
  http.get("/api/movies/1");
  http.get("/api/movies/2");
  http.bearer(t.token(7));
  CHECK(http.put("/api/movies/1", {{"title", "x"}}).status == 200);
  http.get("/api/movies/1");
  http.get("/api/movies/2");
  CHECK(t.service().calls(kGetMovie) == 3);
}

TEST_CASE("personal answers are neither kept nor taken from the cache") {
  Films t;
  t.service().on(kGetDetail, [](const FakeCall& call) {
    auto detail = std::make_unique<movie::v1::MovieDetail>();
    detail->set_on_watchlist(call.metadata.at("marquee-caller") != "-");
    return detail;
  });
  auto http = t.client();
  auto anonymous = http.get("/api/movie/1/");
  CHECK(anonymous.json()["on_watchlist"] == false);
  CHECK(anonymous.header("cache-control") == "private, no-cache");
  http.bearer(t.token(7));
  auto personal = http.get("/api/movie/1/");
  CHECK(personal.json()["on_watchlist"] == true);
  CHECK(personal.header("cache-control") == "no-store");
  CHECK(personal.header("etag").empty());
  http.bearer("");
  CHECK(http.get("/api/movie/1/").json()["on_watchlist"] == false);
  CHECK(t.service().calls(kGetDetail) == 2);
}

TEST_CASE("a shared answer is one for all who are signed in, and for nobody else") {
  Films t;
  auto http = t.client();
  http.bearer(t.token(7));
  CHECK(http.get("/api/movies/popular/").status == 200);
  http.bearer(t.token(8));
  CHECK(http.get("/api/movies/popular/").status == 200);
  CHECK(t.service().calls(kPopularCards) == 1);
  http.bearer("");
  CHECK(http.get("/api/movies/popular/").status == 401);
}

TEST_CASE("the bus drops what a service has changed, and ends sessions") {
  testing::Nats nats;
  Films t([&](Config& config) { config.nats_url = nats.url(); });
  t.service().reply("marquee.auth.v1.Accounts/ListUsers", auth::v1::ListUsersReply());
  bus::Bus bus(nats.url(), "test");
  auto http = t.client();
  api::CacheInvalidation change;
  change.add_tags("movie:1");
  const std::string changed = change.SerializeAsString();
  CHECK(testing::eventually([&] {
    bus.publish("cache.invalidate", changed);
    int before = t.service().calls(kGetMovie);
    http.get("/api/movies/1");
    return before > 0 && t.service().calls(kGetMovie) > before;
  }));
  http.bearer(t.token(7, "gone"));
  CHECK(http.get("/api/users").status == 200);
  api::SessionsRevoked ended;
  ended.add_sessions()->set_id("gone");
  ended.mutable_sessions(0)->mutable_forget_at()->set_seconds(4'000'000'000);
  bus.publish("auth.session.revoked", ended.SerializeAsString());
  CHECK(testing::eventually([&] { return http.get("/api/users").status == 401; }));
}

}  // namespace
}  // namespace marquee::gateway
