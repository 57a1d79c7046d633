#include "tests/e2e/lists.h"

#include <algorithm>

namespace marquee::e2e {

Ids ids_of(const json& list) {
  Ids ids;
  if (!list.is_array()) return ids;
  for (const auto& entry : list) {
    if (entry.is_object()) ids.push_back(entry.value("id", std::int64_t{0}));
  }
  return ids;
}

json entry_of(const json& list, std::int64_t id) {
  if (!list.is_array()) return {};
  for (const auto& entry : list) {
    if (entry.is_object() && entry.value("id", std::int64_t{0}) == id) return entry;
  }
  return {};
}

bool lists(const json& list, std::int64_t id) {
  return !entry_of(list, id).is_null();
}

std::vector<std::string> lines_of(const std::string& body) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = std::min(body.find('\n', begin), body.size());
    lines.push_back(body.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string next_link(const HttpReply& reply) {
  for (const auto& link : reply.header_values("link")) {
    auto end = link.find(">; rel=\"next\"");
    if (!link.empty() && link.front() == '<' && end != std::string::npos) {
      return link.substr(1, end - 1);
    }
  }
  return {};
}

Ids walk(HttpClient& client, const std::string& path, const std::string& member,
         std::vector<std::size_t>* sizes) {
  Ids all;
  std::string next = path;
  for (int parts = 0; parts < 50 && !next.empty(); ++parts) {
    auto reply = client.get(next);
    if (reply.status != 200) return {};
    json body = reply.json();
    Ids ids = ids_of(member.empty() ? body : body.value(member, json()));
    all.insert(all.end(), ids.begin(), ids.end());
    if (sizes != nullptr) sizes->push_back(ids.size());
    next = next_link(reply);
  }
  return all;
}

}  // namespace marquee::e2e
