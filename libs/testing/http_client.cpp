#include "libs/testing/http_client.h"

#include <cctype>
#include <curl/curl.h>
#include <stdexcept>

namespace marquee::testing {
namespace {

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* reply) {
  static_cast<HttpReply*>(reply)->body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* reply) {
  std::string line(data, size * count);
  auto colon = line.find(':');
  if (line.rfind("HTTP/", 0) == 0) {
    static_cast<HttpReply*>(reply)->headers.clear();
  } else if (colon != std::string::npos) {
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto begin = line.find_first_not_of(" \t", colon + 1);
    auto end = line.find_last_not_of("\r\n \t");
    std::string value =
        begin == std::string::npos || end < begin ? "" : line.substr(begin, end - begin + 1);
    static_cast<HttpReply*>(reply)->headers.emplace_back(std::move(name), std::move(value));
  }
  return size * count;
}

}  // namespace

std::string HttpReply::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::string> HttpReply::header_values(const std::string& name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (key == name) values.push_back(value);
  }
  return values;
}

nlohmann::json HttpReply::json() const {
  return nlohmann::json::parse(body, nullptr, false);
}

struct HttpClient::Impl {
  std::string base_url;
  std::map<std::string, std::string> headers;
  CURL* curl = nullptr;
};

HttpClient::HttpClient(std::string base_url) : impl_(std::make_unique<Impl>()) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready) throw std::runtime_error("libcurl does not start");
  impl_->base_url = std::move(base_url);
  impl_->curl = curl_easy_init();
}

HttpClient::~HttpClient() {
  if (impl_) curl_easy_cleanup(impl_->curl);
}

HttpClient::HttpClient(HttpClient&&) noexcept = default;

void HttpClient::set_header(const std::string& name, const std::string& value) {
  if (value.empty()) {
    impl_->headers.erase(name);
  } else {
    impl_->headers[name] = value;
  }
}

void HttpClient::keep_cookies() {
  curl_easy_setopt(impl_->curl, CURLOPT_COOKIEFILE, "");
}

HttpReply HttpClient::request(const std::string& method, const std::string& path,
                              const std::string& body,
                              const std::map<std::string, std::string>& headers) {
  CURL* curl = impl_->curl;
  HttpReply reply;
  std::map<std::string, std::string> all = impl_->headers;
  for (const auto& [name, value] : headers) all[name] = value;
  bool has_body = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (has_body && !all.contains("Content-Type")) all["Content-Type"] = "application/json";
  all["Expect"] = "";
  curl_slist* list = nullptr;
  for (const auto& [name, value] : all) {
    list = curl_slist_append(list,
                             value.empty() ? (name + ":").c_str() : (name + ": " + value).c_str());
  }
  curl_easy_setopt(curl, CURLOPT_URL, (impl_->base_url + path).c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  // In this order: POSTFIELDS makes the request a POST, HTTPGET undoes that and NOBODY.
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(curl, CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L);
  if (has_body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(list);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
  }
  return reply;
}

}  // namespace marquee::testing
