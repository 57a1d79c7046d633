#include "gateway/tag_template.h"

#include <stdexcept>

#include "libs/transcode/api.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"

namespace marquee::gateway {
namespace {

TEST_CASE("a tag is filled from the request and the reply") {
  transcode::Api api(embedded::marquee_descriptor_set());
  const auto& request = *api.find_message("marquee.auth.v1.UpdateUserRequest");
  const auto& reply = *api.find_message("marquee.auth.v1.User");
  auth::v1::UpdateUserRequest call;
  call.set_id(17);
  call.set_username("ada");
  auth::v1::User user;
  user.set_id(-3);
  const std::string wire = call.SerializeAsString();

  CHECK(TagTemplate("users", request).fill(wire) == "users");
  CHECK(TagTemplate("user:{id}", request).fill(wire) == "user:17");
  CHECK(TagTemplate("{username}/{id}!", request).fill(wire) == "ada/17!");
  CHECK(TagTemplate("user:{id}", request).fill("") == "user:0");
  CHECK(TagTemplate("by:{username}", request).fill("") == "by:");
  CHECK(TagTemplate("{id}<{reply.id}", request, &reply).fill(wire, user.SerializeAsString()) ==
        "17<-3");
  // The last value wins, as it does for the service.
  call.set_id(18);
  CHECK(TagTemplate("user:{id}", request).fill(wire + call.SerializeAsString()) == "user:18");
  CHECK(TagTemplate("user:{id}", request).fill("\xff\xff") == "user:0");

  CHECK_THROWS_AS(TagTemplate("user:{nobody}", request), std::invalid_argument);
  CHECK_THROWS_AS(TagTemplate("user:{reply.id}", request), std::invalid_argument);
  CHECK_THROWS_AS(TagTemplate("user:{id", request), std::invalid_argument);
}

}  // namespace
}  // namespace marquee::gateway
