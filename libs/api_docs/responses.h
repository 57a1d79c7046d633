// What a route may answer: its successes with headers and examples, and the failures that its
// declaration and its comment tell of. The gateway's error object is the schema `Problem`.
// Stateless; any thread.
#pragma once

#include <nlohmann/json.hpp>

#include "libs/api_docs/schema_book.h"
#include "libs/transcode/route_table.h"

namespace marquee::api_docs {

// The `responses` of an operation.
nlohmann::ordered_json responses_of(const transcode::Route& route, SchemaBook& book);

// {"schema", "example"} of the whole reply of an RPC, as JSON.
nlohmann::ordered_json reply_media(const transcode::Method& method, SchemaBook& book);

// What those refer to: components.responses, components.headers, and the schemas of the error
// object.
nlohmann::ordered_json shared_responses();
nlohmann::ordered_json shared_headers();
nlohmann::ordered_json problem_schema();
// With the fields at fault as members of its own, where FIELD_ERRORS_TOP_LEVEL says so.
nlohmann::ordered_json field_problem_schema();

}  // namespace marquee::api_docs
