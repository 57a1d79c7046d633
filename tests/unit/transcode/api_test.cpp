#include "libs/transcode/api.h"

#include <stdexcept>

#include "libs/transcode/route_table.h"
#include "marquee/api/policy.pb.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"
#include "tests/unit/transcode/changed_api.h"
#include "tests/unit/transcode/test_api.h"

namespace marquee::transcode {
namespace {

TEST_CASE("every RPC is known with its policy and its messages") {
  const Method* method = test_api().find_method("marquee.testapi.v1.Films.SaveFilm");
  REQUIRE(method != nullptr);
  CHECK(method->grpc_path == "/marquee.testapi.v1.Films/SaveFilm");
  CHECK(method->upstream == "testapi");
  CHECK(method->request == test_api().find_message("marquee.testapi.v1.SaveFilmRequest"));
  CHECK(method->reply == test_api().find_message("marquee.testapi.v1.Film"));
  CHECK(method->policy->auth() == marquee::api::AUTH_USER);
  CHECK(method->policy->success() == 202);

  const Method* bare = test_api().find_method("marquee.testapi.v1.Films.GetFilm");
  REQUIRE(bare != nullptr);
  CHECK(bare->policy->auth() == marquee::api::AUTH_PUBLIC);
  CHECK(test_api().find_method("marquee.testapi.v1.Films.None") == nullptr);
  CHECK(test_api().find_message("marquee.testapi.v1.None") == nullptr);
  CHECK(test_api().pool().FindMessageTypeByName("marquee.testapi.v1.Film") != nullptr);
}

TEST_CASE("fields keep their order, names, aliases and marks") {
  const MessagePlan& plan = test_plan("Film");
  REQUIRE(plan.fields.size() == 10);
  CHECK(plan.fields[0].key == "\"id\":");
  CHECK(plan.fields[1].alias_key == "\"description\":");
  CHECK(plan.by_name("description") == &plan.fields[1]);
  CHECK(plan.by_number(2) == &plan.fields[1]);
  CHECK(plan.by_number(99) == nullptr);
  CHECK(plan.fields[2].hidden);
  CHECK_FALSE(plan.fields[2].written);
  CHECK(plan.fields[3].session_token);
  CHECK(plan.fields[4].status_if_true == 201);
  CHECK(plan.fields[7].optional);

  const MessagePlan& all = test_plan("Everything");
  CHECK(all.by_name("labels")->kind == Kind::kMap);
  CHECK_FALSE(all.by_name("labels")->repeated);
  CHECK(all.by_name("smalls")->packed);
  CHECK_FALSE(all.by_name("bigs")->packed);
  CHECK(all.by_name("by_id")->optional);
  const EnumPlan& kinds = *all.by_name("kind")->enumeration;
  CHECK(kinds.names.front() == std::pair<std::int32_t, std::string>(-1, "lost"));
  CHECK(kinds.numbers.find("short_film")->second == 1);
  CHECK(all.by_name("kind")->unset == "\"unspecified\"");
}

TEST_CASE("replies may be streamed where they say nothing of the answer itself") {
  const auto complaint = [](auto change) {
    ChangedApi api;
    api.method("Internal").set_server_streaming(true);
    change(api.method_policy("Internal"));
    return api.complaint();
  };
  using marquee::api::Policy;
  const std::string cannot = "marquee.testapi.v1.Films.Internal: a stream cannot ";
  CHECK(complaint([](Policy&) {}) == "");
  CHECK(complaint([](Policy& policy) { policy.mutable_cache()->set_ttl_s(1); }) ==
        cannot + "be cached");
  CHECK(complaint([](Policy& policy) { policy.add_drops("films"); }) == cannot + "drop cache tags");
  CHECK(complaint([](Policy& policy) { policy.set_session(marquee::api::SESSION_EFFECT_SET); }) ==
        cannot + "set cookies");
  CHECK(complaint([](Policy& policy) { policy.set_success_flag(true); }) ==
        cannot + "have a success flag");
}

TEST_CASE("a bad descriptor set is refused, and the culprit named") {
  CHECK_THROWS_AS(Api("nonsense"), std::runtime_error);
  CHECK_NOTHROW(Api(""));
  CHECK(ChangedApi().complaint().empty());

  auto complains = [](const std::string& expected, auto change) {
    ChangedApi api;
    change(api);
    CAPTURE(expected);
    CHECK(api.complaint() == expected);
  };
  using A = ChangedApi;
  complains("marquee.testapi.v1.Film.details: the JSON name \"id\" is taken by \"id\"",
            [](A& api) { api.policy("Film", "details").set_alias("id"); });
  complains("marquee.testapi.v1.Film.message: the JSON name \"message\" is taken by \"overview\"",
            [](A& api) { api.policy("Film", "overview").set_alias("message"); });
  complains("marquee.testapi.v1.Film.id: session_token needs a string",
            [](A& api) { api.policy("Film", "id").set_session_token(true); });
  complains("marquee.testapi.v1.Film.id: raw_json needs a string",
            [](A& api) { api.policy("Film", "id").set_raw_json(true); });
  complains("marquee.testapi.v1.Film.id: loose needs a string",
            [](A& api) { api.policy("Film", "id").set_loose(true); });
  complains("marquee.testapi.v1.Film.details: loose and raw_json exclude each other",
            [](A& api) { api.policy("Film", "details").set_loose(true); });
  complains("marquee.testapi.v1.Film.id: upper needs a string",
            [](A& api) { api.policy("Film", "id").set_upper(true); });
  complains("marquee.testapi.v1.Film.details: upper and raw_json exclude each other",
            [](A& api) { api.policy("Film", "details").set_upper(true); });
  complains("marquee.testapi.v1.Film.id: text_from_cache needs a string",
            [](A& api) { api.policy("Film", "id").set_text_from_cache("x"); });
  complains("marquee.testapi.v1.Film.id: status_if_true needs a bool",
            [](A& api) { api.policy("Film", "id").set_status_if_true(201); });
  complains("marquee.testapi.v1.Film.id: field numbers end at 9999",
            [](A& api) { api.field("Film", "id").set_number(10000); });
  complains(
      "marquee.testapi.v1.Films.PopularFilms: tag \"film:{id}\" names \"id\", which its request "
      "does not have",
      [](A& api) { api.method_policy("PopularFilms").mutable_cache()->add_tags("film:{id}"); });
  complains(
      "marquee.testapi.v1.Films.SaveFilm: tag \"film:{reply.year}\" names \"reply.year\", which "
      "its "
      "reply does not have",
      [](A& api) { api.method_policy("SaveFilm").add_drops("film:{reply.year}"); });
  complains("marquee.testapi.v1.Films.SaveFilm: unfinished tag \"film:{id\"",
            [](A& api) { api.method_policy("SaveFilm").add_drops("film:{id"); });
  complains("marquee.films.Films.Get: its package is not marquee.<service>.v1", [](A& api) {
    auto& file = api.add_file();
    file.set_name("films.proto");
    file.set_package("marquee.films");
    file.add_message_type()->set_name("Nothing");
    auto& service = *file.add_service();
    service.set_name("Films");
    auto& method = *service.add_method();
    method.set_name("Get");
    method.set_input_type(".marquee.films.Nothing");
    method.set_output_type(".marquee.films.Nothing");
  });
  complains("marquee.testapi.v1.Films.PopularFilms: requests cannot be streamed",
            [](A& api) { api.method("PopularFilms").set_client_streaming(true); });
  complains("marquee.testapi.v1.Films.PopularFilms: a stream cannot set the status",
            [](A& api) { api.method("PopularFilms").set_server_streaming(true); });
  complains("marquee.testapi.v1.Films.GetFilm: a stream cannot lead on to a next page",
            [](A& api) { api.method("GetFilm").set_server_streaming(true); });
  complains("marquee.films.Odd.names: keys of a map must be strings", [](A& api) {
    auto& file = api.add_file();
    file.set_name("films.proto");
    file.set_package("marquee.films");
    auto& odd = *file.add_message_type();
    odd.set_name("Odd");
    auto& entry = *odd.add_nested_type();
    entry.set_name("NamesEntry");
    entry.mutable_options()->set_map_entry(true);
    for (int number : {1, 2}) {
      auto& field = *entry.add_field();
      field.set_name(number == 1 ? "key" : "value");
      field.set_number(number);
      field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
      field.set_type(google::protobuf::FieldDescriptorProto::TYPE_INT32);
    }
    auto& names = *odd.add_field();
    names.set_name("names");
    names.set_number(1);
    names.set_label(google::protobuf::FieldDescriptorProto::LABEL_REPEATED);
    names.set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
    names.set_type_name(".marquee.films.Odd.NamesEntry");
  });
}

TEST_CASE("the product's own API builds") {
  Api api(marquee::embedded::marquee_descriptor_set());
  RouteTable table(api);
  CHECK(api.methods().size() > 0);
}

}  // namespace
}  // namespace marquee::transcode
