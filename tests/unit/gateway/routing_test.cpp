// From a request line to the right call, and back to status, headers and JSON.
#include "libs/core/trace.h"
#include "libs/rpc/caller.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using nlohmann::json;

auth::v1::MessageReply message(const std::string& text) {
  auth::v1::MessageReply reply;
  reply.set_message(text);
  return reply;
}

TEST_CASE("a request becomes a call and its reply JSON") {
  TestGateway t;
  FakeCall seen;
  t.service().on("marquee.auth.v1.Accounts/UpdateUser", [&](const FakeCall& call) {
    seen = call;
    return std::make_unique<auth::v1::MessageReply>(message("done"));
  });
  auto client = t.client();
  client.bearer(t.token(7));
  client.set_header("X-Request-Id", "my-id");
  client.set_header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  client.set_header("marquee-caller", "1 admin x y");
  auto reply = client.put("/api/users/17?ignored=1", {{"username", "ada"}, {"unknown", 1}});
  CHECK(reply.status == 200);
  CHECK(reply.json() == json({{"message", "done"}}));
  CHECK(reply.header("content-type") == "application/json");
  CHECK(reply.header("cache-control") == "no-store");
  CHECK(reply.header("x-request-id") == "my-id");
  CHECK(reply.header("x-content-type-options") == "nosniff");
  CHECK(reply.header("ratelimit-limit") == "600");

  auto request = seen.as<auth::v1::UpdateUserRequest>();
  CHECK(request.id() == 17);
  CHECK(request.username() == "ada");
  CHECK_FALSE(request.has_email());
  CHECK(seen.metadata["x-request-id"] == "my-id");
  // The same trace and flags, a span of the gateway's own.
  const std::string trace = seen.metadata["traceparent"];
  REQUIRE(is_traceparent(trace));
  CHECK(trace.substr(0, 36) == "00-0af7651916cd43dd8448eb211c80319c-");
  CHECK(trace.substr(36, 16) != "b7ad6b7169203331");
  CHECK(trace.substr(52) == "-01");
  auto caller = rpc::decode_caller(seen.metadata["marquee-caller"]);
  REQUIRE(caller);
  CHECK(caller->user_id == 7);
  CHECK_FALSE(caller->admin());
}

TEST_CASE("both spellings of a path answer, without a redirect") {
  TestGateway t;
  t.service().reply("marquee.auth.v1.AuthStatus/GetStatus", auth::v1::StatusReply());
  auto client = t.client();
  CHECK(client.get("/api/auth/status").status == 200);
  CHECK(client.get("/api/auth/status/").status == 200);
  CHECK(t.service().calls("marquee.auth.v1.AuthStatus/GetStatus") == 2);
}

TEST_CASE("an unknown path is told from a known one with another verb") {
  TestGateway t;
  auto client = t.client();
  auto missing = client.get("/api/nothing");
  CHECK(missing.status == 404);
  CHECK(missing.header("content-type") == "application/problem+json");
  CHECK(missing.json()["message"] == "Not found");
  CHECK(missing.json()["request_id"] == missing.header("x-request-id"));
  auto wrong = client.del("/api/auth/login");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("allow") == "OPTIONS, POST");
  CHECK(wrong.json()["detail"] == "Method \"DELETE\" not allowed.");
  CHECK(client.get("/api/users/%zz").status == 400);
  CHECK(client.request("POST", "/healthz").status == 405);
}

TEST_CASE("a path value that cannot be one is not found") {
  TestGateway t;
  auto client = t.client();
  client.bearer(t.token(7));
  CHECK(client.get("/api/users/seven").status == 404);
  CHECK(t.service().calls("marquee.auth.v1.Accounts/GetUser") == 0);
}

TEST_CASE("HEAD and OPTIONS work everywhere") {
  TestGateway t;
  auth::v1::StatusReply ok;
  ok.set_status("OK");
  t.service().reply("marquee.auth.v1.AuthStatus/GetStatus", ok);
  auto client = t.client();
  auto get = client.get("/api/auth/status");
  auto head = client.request("HEAD", "/api/auth/status");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == std::to_string(get.body.size()));
  auto options = client.request("OPTIONS", "/api/users/1");
  CHECK(options.status == 204);
  CHECK(options.header("allow") == "DELETE, GET, HEAD, OPTIONS, PUT");
  CHECK(client.request("OPTIONS", "/api/nothing").status == 404);
}

TEST_CASE("a preflight is answered for listed origins") {
  TestGateway t;
  auto client = t.client();
  client.set_header("Access-Control-Request-Method", "POST");
  client.set_header("Origin", "http://localhost:3000");
  auto known = client.request("OPTIONS", "/api/token/");
  CHECK(known.status == 204);
  CHECK(known.header("access-control-allow-origin") == "http://localhost:3000");
  CHECK(known.header("access-control-allow-credentials") == "true");
  CHECK(known.header("access-control-allow-headers").find("content-type") != std::string::npos);
  CHECK(known.header("access-control-allow-methods").find("PATCH") != std::string::npos);
  CHECK(known.header("vary").find("Origin") != std::string::npos);
  client.set_header("Origin", "http://evil.example");
  auto foreign = client.request("OPTIONS", "/api/token/");
  CHECK(foreign.status == 204);
  CHECK(foreign.header("access-control-allow-origin").empty());
}

TEST_CASE("CORS headers are on errors too") {
  TestGateway t;
  auto client = t.client();
  client.set_header("Origin", "http://localhost:5173");
  auto reply = client.get("/api/users");
  CHECK(reply.status == 401);
  CHECK(reply.header("access-control-allow-origin") == "http://localhost:5173");
}

TEST_CASE("a body must be JSON where one is taken") {
  TestGateway t;
  t.service().reply("marquee.auth.v1.Sessions/Login", auth::v1::LoginReply());
  auto client = t.client();
  auto form = client.request("POST", "/api/auth/login", "email=a",
                             {{"Content-Type", "application/x-www-form-urlencoded"}});
  CHECK(form.status == 415);
  auto broken = client.request("POST", "/api/auth/login", "{\"email\":");
  CHECK(broken.status == 400);
  CHECK(broken.json()["detail"].get<std::string>().find("JSON parse error - ") == 0);
  auto wrong = client.post("/api/auth/login", {{"email", 5}});
  CHECK(wrong.status == 400);
  CHECK(wrong.json()["errors"]["email"] == json({"Email must be a string"}));
  CHECK_FALSE(wrong.json().contains("email"));
  auto top_level = client.post("/api/token/", {{"username", 5}});
  CHECK(top_level.json()["username"] == json({"Username must be a string"}));
  CHECK(client.request("POST", "/api/auth/login", "").status == 200);
  CHECK(t.service().calls("marquee.auth.v1.Sessions/Login") == 1);
}

TEST_CASE("a service's error keeps its text, reason and fields") {
  TestGateway t;
  t.service().on("marquee.auth.v1.Accounts/SignUp",
                 [](const FakeCall&) -> std::unique_ptr<google::protobuf::Message> {
                   throw Error::invalid("invalid_fields", "This field is required.")
                       .field("email", "This field is required.");
                 });
  t.service().on("marquee.auth.v1.Sessions/Login",
                 [](const FakeCall&) -> std::unique_ptr<google::protobuf::Message> {
                   throw Error(Code::kResourceExhausted, "locked", "Locked for a while")
                       .retry_after(std::chrono::milliseconds(59'001));
                 });
  auto client = t.client();
  auto fields = client.post("/api/user/signup/", json::object());
  CHECK(fields.status == 400);
  CHECK(fields.json()["email"] == json({"This field is required."}));
  CHECK(fields.json()["code"] == "invalid_fields");
  auto locked = client.post("/api/auth/login", json::object());
  CHECK(locked.status == 429);
  CHECK(locked.header("retry-after") == "60");
  CHECK(locked.json()["retryAfter"] == 60);
  CHECK(locked.json()["message"] == "Locked for a while");
}

TEST_CASE("a status that the reply asks for is used, and not shown") {
  TestGateway t;
  auth::v1::StatusReply down;
  down.set_status("ERROR");
  down.set_failed(true);
  t.service().reply("marquee.auth.v1.AuthStatus/GetStatus", down);
  auto reply = t.client().get("/api/auth/status");
  CHECK(reply.status == 500);
  CHECK(reply.json()["status"] == "ERROR");
  CHECK_FALSE(reply.json().contains("failed"));
}

TEST_CASE("the next page is linked") {
  TestGateway t;
  auth::v1::ListUsersReply page;
  page.add_users()->set_id(1);
  page.set_next_cursor("a+b");
  t.service().reply("marquee.auth.v1.Accounts/ListUsers", page);
  auto client = t.client();
  client.bearer(t.token(7));
  auto reply = client.get("/api/users?limit=1&cursor=x");
  REQUIRE(reply.json().is_array());
  CHECK(reply.json().size() == 1);
  CHECK(reply.header("link") == "</api/users?limit=1&cursor=a%2Bb>; rel=\"next\"");
}

TEST_CASE("too many calls of a class are refused, with the time to wait") {
  TestGateway t([](Config& config) { config.rates = {"auth=2/1h"}; });
  t.service().reply("marquee.auth.v1.Sessions/Login", auth::v1::LoginReply());
  auto client = t.client();
  CHECK(client.post("/api/auth/login", json::object()).header("ratelimit-remaining") == "1");
  CHECK(client.post("/api/auth/login", json::object()).status == 200);
  auto refused = client.post("/api/auth/login", json::object());
  CHECK(refused.status == 429);
  CHECK(refused.header("retry-after") == "1800");
  CHECK(refused.header("ratelimit-remaining") == "0");
  CHECK(refused.json()["success"] == false);
  CHECK(client.get("/api/auth/status").status != 429);
}

TEST_CASE("a failed read is tried once more, a failed write is not") {
  TestGateway t;
  const std::string read = "marquee.auth.v1.AuthStatus/GetStatus";
  const std::string write = "marquee.auth.v1.Sessions/Login";
  t.service().fail_plainly(read, Code::kUnavailable, "10.0.0.1 is down");
  t.service().fail_plainly(write, Code::kUnavailable, "10.0.0.1 is down");
  auto client = t.client();
  auto reply = client.get("/api/auth/status");
  CHECK(reply.status == 503);
  CHECK(reply.header("retry-after") == "1");
  CHECK(reply.body.find("10.0.0.1") == std::string::npos);
  CHECK(t.service().calls(read) == 2);
  CHECK(client.post("/api/auth/login", json::object()).status == 503);
  CHECK(t.service().calls(write) == 1);
}

TEST_CASE("a service that does not answer in time is a 504") {
  TestGateway t([](Config& config) { config.deadline_default = Millis(50); });
  t.service().hold("marquee.auth.v1.AuthStatus/GetStatus");
  auto reply = t.client().get("/api/auth/status");
  CHECK(reply.status == 504);
  CHECK(reply.json()["message"] == "Service request timed out");
}

TEST_CASE("the gateway speaks for itself") {
  TestGateway t([](Config& config) { config.ops_listen = "127.0.0.1:0"; });
  auto client = t.client();
  CHECK(client.get("/healthz").status == 200);
  CHECK(client.get("/readyz").status == 200);
  CHECK(client.get("/health").json() ==
        json({{"status", "healthy"}, {"success", true}, {"message", "OK"}}));
  CHECK(client.get("/").json()["api_endpoint"] == "/api");
  CHECK(client.get("/metrics").status == 404);
  testing::HttpClient ops("http://127.0.0.1:" + std::to_string(t.gateway().ops_port()));
  CHECK(ops.get("/readyz").status == 200);
  auto metrics = ops.get("/metrics");
  CHECK(metrics.body.find("marquee_http_requests_total{") != std::string::npos);
}

}  // namespace
}  // namespace marquee::gateway
