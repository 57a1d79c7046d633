// Whether a JSON value fits a schema of our API documents: the parts of JSON Schema that they
// use, no more. A keyword that it does not know is a fault too.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace marquee::e2e {

// "" when `value` fits, else where it does not and why. `document` is what "$ref" refers into.
std::string schema_faults(const nlohmann::json& document, const nlohmann::json& schema,
                          const nlohmann::json& value, const std::string& place = "answer");

}  // namespace marquee::e2e
