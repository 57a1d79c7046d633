// Of a document of ours: whether all that it refers to is there.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/catch.h"

namespace marquee::api_docs {

// The number of references.
inline std::size_t check_references(const nlohmann::ordered_json& document,
                                    const nlohmann::ordered_json& node) {
  std::size_t references = 0;
  if (node.is_object() && node.contains("$ref")) {
    auto target = node.at("$ref").get<std::string>();
    CAPTURE(target);
    REQUIRE(target.rfind("#/", 0) == 0);
    CHECK(document.contains(nlohmann::ordered_json::json_pointer(target.substr(1))));
    ++references;
  }
  if (node.is_structured()) {
    for (const auto& child : node) references += check_references(document, child);
  }
  return references;
}

}  // namespace marquee::api_docs
