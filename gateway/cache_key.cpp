#include <algorithm>

#include "gateway/number_text.h"
#include "gateway/pipeline.h"
#include "libs/transcode/request_encoder.h"

namespace marquee::gateway {
namespace {

// Lengths in front, so that no value can pose as two.
void append_part(std::string& key, std::string_view part) {
  append_number(key, part.size());
  key += ':';
  key += part;
}

}  // namespace

void append_cache_key(std::string& key, const transcode::RouteMatch& match,
                      std::string_view query) {
  append_number(key, match.route->index);
  key += '/';
  for (const auto& value : match.values) append_part(key, value);
  if (query.empty()) return;
  std::vector<std::pair<std::string, std::string>> pairs;
  // A malformed query is no answer's key; encoding refuses it before anything is stored.
  if (!transcode::parse_query(query, pairs)) {
    key.append("?!").append(query);
    return;
  }
  std::vector<std::pair<std::uint32_t, std::string>> known;
  for (auto& [name, value] : pairs) {
    // Dotted names reach into message fields and stay as they are.
    std::string_view first = std::string_view(name).substr(0, name.find('.'));
    const auto* field = match.route->method->request->by_name(first);
    if (field == nullptr) continue;
    std::string rest = name.substr(first.size());
    rest += '=';
    rest += value;
    known.emplace_back(field->number, std::move(rest));
  }
  if (known.empty()) return;
  // Stable: the order within one parameter means something.
  std::stable_sort(known.begin(), known.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  key += '?';
  for (const auto& [number, text] : known) {
    append_number(key, number);
    append_part(key, text);
  }
}

}  // namespace marquee::gateway
