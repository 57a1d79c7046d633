// A Postman collection (v2.1) of an OpenAPI document: a folder for each tag, a request for each
// operation with an example of its body, variables for address and token. Signing in puts the token
// into its variable. Stateless; any thread.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace marquee::api_docs {

// `base_url` as in "http://localhost:8000", without a slash at its end.
nlohmann::ordered_json postman(const nlohmann::ordered_json& openapi, const std::string& base_url);

}  // namespace marquee::api_docs
