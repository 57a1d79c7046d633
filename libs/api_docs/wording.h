// Words that all the documents have in common. Stateless; any thread.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <nlohmann/json_fwd.hpp>

#include "libs/api_docs/settings.h"

namespace marquee::api_docs {

// "Movie catalog" of the service MovieCatalog.
std::string tag_name(const google::protobuf::ServiceDescriptor& service);

// The first sentence, or as much of it as a list of operations has room for.
std::string summary_of(std::string_view comment);

// "## Rate limits" with a table of the classes. `unit`: "calls".
std::string rate_limits(const Settings& settings, const std::string& unit);

// The security scheme of a token in the Authorization header.
nlohmann::ordered_json bearer_scheme();

}  // namespace marquee::api_docs
