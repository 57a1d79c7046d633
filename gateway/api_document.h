// The documents about the API of this gateway: what the descriptors declare, with the paths that
// the gateway answers itself and the limits that it is configured with. Made at start, or by the
// commands `gateway openapi`, `gateway asyncapi` and `gateway postman`; any thread.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "gateway/config.h"

namespace marquee::transcode {
class Api;
class RouteTable;
}  // namespace marquee::transcode

namespace marquee::gateway {

// OpenAPI 3.1.
nlohmann::ordered_json api_document(const transcode::RouteTable& table, const Config& config);

// AsyncAPI 3.0, of what sockets say and hear.
nlohmann::ordered_json socket_document(const transcode::Api& api, const Config& config);

// The same as indented JSON text, and the first as a Postman collection, from the serialised
// descriptors.
std::string openapi_text(std::string_view file_descriptor_set, const Config& config);
std::string asyncapi_text(std::string_view file_descriptor_set, const Config& config);
std::string postman_text(std::string_view file_descriptor_set, const Config& config,
                         const std::string& base_url);

}  // namespace marquee::gateway
