#include "gateway/docs_pages.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include "docs_index.h"
#include "docs_plain.h"
#include "docs_socket_page.h"
#include "docs_socket_script.h"
#include "docs_start.h"
#include "docs_style.h"
#include "gateway/api_document.h"
#include "gateway/gzip.h"
#include "gateway/header_values.h"

namespace marquee::gateway {
namespace {

constexpr int kGzipLevelSmall = 6;
constexpr std::size_t kTagBytes = 12;

// Asked for again each time, and answered with 304.
constexpr char kRevalidate[] = "no-cache";
// The address changes with the content.
constexpr char kForever[] = "public, max-age=31536000, immutable";

// React, in which the viewer is written, sets styles through the DOM, which no policy forbids. Its
// icons are data: images within the style sheet.
constexpr char kPolicy[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Frame-Options: DENY\r\n";

constexpr char kScript[] = "text/javascript; charset=utf-8";
constexpr char kViewerScript[] = "/swagger-ui-bundle.js";

std::string tag_of(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string tag;
  for (std::size_t i = 0; i < kTagBytes; ++i) {
    tag += kDigits[digest[i] >> 4];
    tag += kDigits[digest[i] & 15];
  }
  return tag;
}

bool has_viewer(const std::string& folder) {
  std::error_code unreadable;
  return !folder.empty() && std::filesystem::exists(folder + kViewerScript, unreadable);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    throw std::invalid_argument("docs-folder: cannot read " + path);
  }
  return std::move(content).str();
}

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
}

// Table rows: verb, path, summary.
std::string operations_of(const nlohmann::ordered_json& document) {
  std::string rows;
  for (const auto& [path, verbs] : document.at("paths").items()) {
    for (const auto& [verb, operation] : verbs.items()) {
      rows += "<tr><td>";
      for (char c : verb) rows += static_cast<char>(c - 'a' + 'A');
      rows += "</td><td><code>";
      append_escaped(rows, path);
      rows += "</code></td><td>";
      append_escaped(rows, operation.at("summary").get_ref<const std::string&>());
      rows += "</td></tr>\n";
    }
  }
  return rows;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

DocsPages::DocsPages(const transcode::Api& api, const transcode::RouteTable& table,
                     const Config& config) {
  const auto document = api_document(table, config);
  add("/api/openapi.json", "application/json", document.dump(), kRevalidate);
  add("/api/asyncapi.json", "application/json", socket_document(api, config).dump(), kRevalidate);
  add("/docs/style.css", "text/css; charset=utf-8", std::string(embedded::docs_style()), kForever);
  add("/docs/sockets.js", kScript, std::string(embedded::docs_socket_script()), kForever);
  add_html("/docs/sockets", std::string(embedded::docs_socket_page()));
  if (has_viewer(config.docs_folder)) {
    add_viewer(config.docs_folder);
    return;
  }
  std::string html(embedded::docs_plain());
  replace(html, "{{operations}}", operations_of(document));
  add_html("/docs", std::move(html));
}

void DocsPages::add_viewer(const std::string& folder) {
  add("/docs/start.js", kScript, std::string(embedded::docs_start()), kForever);
  add("/docs/swagger-ui-bundle.js", kScript, read_file(folder + kViewerScript), kForever);
  add("/docs/swagger-ui.css", "text/css; charset=utf-8", read_file(folder + "/swagger-ui.css"),
      kForever);
  add("/docs/favicon-32x32.png", "image/png", read_file(folder + "/favicon-32x32.png"),
      kRevalidate);
  add_html("/docs", std::string(embedded::docs_index()));
}

void DocsPages::add_html(const std::string& path, std::string text) {
  for (const auto& [part, page] : pages_) {
    replace(text, "{{" + part.substr(part.rfind('/') + 1) + "}}", page.tag);
  }
  add(path, "text/html; charset=utf-8", std::move(text), kRevalidate);
  pages_.at(path).headers += kPolicy;
}

void DocsPages::add(const std::string& path, const char* type, std::string body,
                    const char* caching) {
  DocsPage page;
  page.tag = tag_of(body);
  page.headers.append("Content-Type: ").append(type).append("\r\nCache-Control: ");
  page.headers.append(caching).append("\r\n");
  if (std::string packed = gzip(body, kGzipLevelSmall);
      !packed.empty() && packed.size() < body.size()) {
    page.gzip_body = std::make_shared<const std::string>(std::move(packed));
  }
  page.body = std::make_shared<const std::string>(std::move(body));
  pages_[path] = std::move(page);
}

const DocsPage* DocsPages::find(std::string_view path) const {
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  auto it = pages_.find(path);
  return it == pages_.end() ? nullptr : &it->second;
}

void write_docs_page(const DocsPage& page, Exchange& x) {
  const bool packed = page.gzip_body != nullptr && accepts_gzip(x.head.accept_encoding);
  Answer& answer = x.answer;
  answer.headers += page.headers;
  answer.header("ETag", '"' + page.tag + (packed ? "-gzip\"" : "\""));
  answer.status = names_etag(x.head.if_none_match, page.tag) ? 304 : 200;
  if (answer.status == 304) return;
  if (packed) answer.header("Content-Encoding", "gzip");
  answer.shared_body = packed ? page.gzip_body : page.body;
}

}  // namespace marquee::gateway
