// The pages about the API, held as ready bytes: /api/openapi.json and /docs, which shows it in a
// browser; /api/asyncapi.json and /docs/sockets, which shows that by a script of ours. The viewer's
// files (npm's swagger-ui-dist) come from Config::docs_folder and are read at start; without them
// /docs lists the operations and says how to get the viewer. Nothing is loaded from elsewhere, and
// the pages' Content-Security-Policy sees to it. Immutable after construction, shared by all
// threads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/config.h"
#include "gateway/exchange.h"
#include "libs/core/string_map.h"

namespace marquee::gateway {

struct DocsPage {
  std::string headers;  // complete lines: type, caching, policy
  std::string tag;      // of the ETag, without its quotes
  std::shared_ptr<const std::string> body;
  std::shared_ptr<const std::string> gzip_body;  // null: not worth it
};

class DocsPages {
 public:
  // A folder without the viewer is as none. Throws std::invalid_argument when it has a part of it.
  DocsPages(const transcode::Api& api, const transcode::RouteTable& table, const Config& config);

  // Null when `path` is none of ours. Both spellings of a path are one.
  const DocsPage* find(std::string_view path) const;

 private:
  void add(const std::string& path, const char* type, std::string body, const char* caching);
  void add_viewer(const std::string& folder);
  void add_html(const std::string& path, std::string text);

  StringMap<DocsPage> pages_;
};

// The answer to GET: 200, or 304 when the client has it.
void write_docs_page(const DocsPage& page, Exchange& x);

}  // namespace marquee::gateway
