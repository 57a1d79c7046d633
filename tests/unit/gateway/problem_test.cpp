#include "gateway/problem.h"

#include <nlohmann/json.hpp>

#include "gateway/upstream.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

using nlohmann::json;

json shown(const Problem& problem, bool top_level = false) {
  return json::parse(problem_json(problem, "req-1", top_level));
}

TEST_CASE("one error object serves every client") {
  Problem problem(400, "invalid_fields", "Enter a valid email address.");
  problem.fields = {{"email", "Enter a valid email address."},
                    {"password", "Too short."},
                    {"email", "Too long."}};
  json body = shown(problem);
  CHECK(body["success"] == false);
  CHECK(body["status"] == 400);
  CHECK(body["title"] == "Bad Request");
  CHECK(body["message"] == "Enter a valid email address.");
  CHECK(body["detail"] == body["message"]);
  CHECK(body["code"] == "invalid_fields");
  CHECK(body["request_id"] == "req-1");
  CHECK(body["errors"]["email"] == json({"Enter a valid email address.", "Too long."}));
  CHECK(body["errors"]["password"] == json({"Too short."}));
  CHECK_FALSE(body.contains("email"));
  CHECK_FALSE(body.contains("msg"));
}

TEST_CASE("fields stand at the top level where a contract wants them, reserved names do not") {
  Problem problem(400, "invalid_fields", "Wrong \"text\"\n");
  problem.fields = {{"username", "This field is required."}, {"detail", "x"}};
  json body = shown(problem, true);
  CHECK(body["username"] == json({"This field is required."}));
  CHECK(body["detail"] == "Wrong \"text\"\n");
  CHECK(body["errors"]["detail"] == json({"x"}));
}

TEST_CASE("a 401 says the same in message, msg and detail") {
  json body = shown(token_not_valid());
  CHECK(body["msg"] == "Given token not valid for any token type");
  CHECK(body["msg"] == body["message"]);
  CHECK(body["msg"] == body["detail"]);
  CHECK(body["code"] == "token_not_valid");
}

TEST_CASE("a refusal says when to come back") {
  json body = shown(too_many_requests(7));
  CHECK(body["status"] == 429);
  CHECK(body["retryAfter"] == 7);
}

TEST_CASE("texts of our insides never leave") {
  UpstreamReply reply;
  reply.code = Code::kUnavailable;
  reply.message = "failed to connect to ipv4:10.0.0.1:9101";
  CHECK(problem_of(reply).message == "Service temporarily unavailable");
  CHECK(problem_of(reply).status == 503);
  CHECK(problem_of(reply).retry_after_s == 1);
  reply.from_service = true;
  reply.message = "Too busy";
  CHECK(problem_of(reply).message == "Too busy");
  for (Code code : {Code::kInternal, Code::kUnknown, Code::kDataLoss}) {
    reply.code = code;
    reply.message = "column \"x\" does not exist";
    CHECK(problem_of(reply).message == "Internal server error");
    CHECK(problem_of(reply).status == 500);
  }
  reply.code = Code::kDeadlineExceeded;
  CHECK(problem_of(reply).message == "Service request timed out");
  CHECK(problem_of(reply).status == 504);
}

TEST_CASE("canonical codes have one HTTP status each") {
  CHECK(http_status(Code::kInvalidArgument) == 400);
  CHECK(http_status(Code::kFailedPrecondition) == 400);
  CHECK(http_status(Code::kUnauthenticated) == 401);
  CHECK(http_status(Code::kPermissionDenied) == 403);
  CHECK(http_status(Code::kNotFound) == 404);
  CHECK(http_status(Code::kAlreadyExists) == 409);
  CHECK(http_status(Code::kAborted) == 409);
  CHECK(http_status(Code::kResourceExhausted) == 429);
  CHECK(http_status(Code::kUnimplemented) == 501);
}

}  // namespace
}  // namespace marquee::gateway
