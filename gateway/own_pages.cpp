#include "gateway/own_pages.h"

#include "libs/transcode/reply_writer.h"

namespace marquee::gateway {

std::optional<OwnPage> OwnPages::find(std::string_view path) const {
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/healthz") return OwnPage{200, R"({"status":"alive","success":true})"};
  if (path == "/readyz") {
    std::string reason = not_ready_();
    if (reason.empty()) return OwnPage{200, R"({"status":"ready","success":true})"};
    OwnPage page{503, R"({"status":"not ready","success":false,"message":)"};
    if (!transcode::append_json_string(reason, page.json)) page.json += "null";
    page.json += '}';
    return page;
  }
  if (path == "/health" || path == "/api/health") {
    return OwnPage{200, R"({"status":"healthy","success":true,"message":"OK"})"};
  }
  if (path == "/" || path == "/api") {
    return OwnPage{
        200,
        R"({"success":true,"message":"Welcome to Marquee","version":"1","api_endpoint":"/api"})"};
  }
  return std::nullopt;
}

}  // namespace marquee::gateway
