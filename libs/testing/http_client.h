// A blocking HTTP client for tests (libcurl): one connection kept alive, JSON in and out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace marquee::testing {

struct HttpReply {
  int status = 0;                                            // 0: no answer
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  // The first header of that name (lower case) or "".
  std::string header(const std::string& name) const;
  std::vector<std::string> header_values(const std::string& name) const;
  // The body as JSON; a discarded value when it is none.
  nlohmann::json json() const;
};

class HttpClient {
 public:
  explicit HttpClient(std::string base_url);  // "http://127.0.0.1:8000"
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // Sent with every request that follows; "" removes it.
  void set_header(const std::string& name, const std::string& value);
  void bearer(const std::string& token) {
    set_header("Authorization", token.empty() ? "" : "Bearer " + token);
  }
  // Keeps cookies from answers and sends them, as a browser does.
  void keep_cookies();

  HttpReply get(const std::string& path) { return request("GET", path); }
  HttpReply del(const std::string& path) { return request("DELETE", path); }
  HttpReply post(const std::string& path, const nlohmann::json& body) {
    return request("POST", path, body.dump());
  }
  HttpReply put(const std::string& path, const nlohmann::json& body) {
    return request("PUT", path, body.dump());
  }
  // `body` is sent as application/json unless `headers` say otherwise; no body where it is empty
  // and the method is GET, HEAD, DELETE or OPTIONS.
  HttpReply request(const std::string& method, const std::string& path,
                    const std::string& body = {},
                    const std::map<std::string, std::string>& headers = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::testing
