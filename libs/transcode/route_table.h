// HTTP routes compiled from google.api.http options into a trie over path segments.
//
// Rules (contract/README 1 and 2): literal segments beat parameters at each level, with
// backtracking; an integer parameter takes integers only; an exact match beats one that differs
// only by its trailing slash; no redirect ever; a known path with another verb is told from an
// unknown path. HEAD matches GET. Path values are percent-decoded once, must be valid UTF-8 without
// NUL, and never empty. Immutable after construction, shared by all threads. Hostile input: any
// bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/transcode/api.h"

namespace marquee::transcode {

enum class Verb : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete };

std::string_view verb_name(Verb verb);  // "GET"

struct Route {
  const Method* method = nullptr;
  Verb verb = Verb::kGet;
  std::string path_template;    // "/api/movies/{id}/reviews"
  std::uint32_t success = 200;  // after policy and path policy
  // Where the JSON body goes: nowhere (ignored), into the whole message, or into one field.
  enum class Body : std::uint8_t { kIgnored, kMessage, kField } body = Body::kIgnored;
  const FieldPlan* body_field = nullptr;
  const FieldPlan* response_field = nullptr;  // response_body: this field alone is the answer
  std::vector<const FieldPlan*> variables;    // by position in the template
  std::size_t index = 0;  // position in RouteTable::routes(), for per-route metrics
};

struct RouteMatch {
  enum class Outcome : std::uint8_t {
    kFound,
    kNotFound,
    kWrongVerb,
    kBadPath
  } outcome = Outcome::kNotFound;
  const Route* route = nullptr;
  std::vector<std::string> values;  // of route->variables, decoded
  std::string allow;  // kWrongVerb: "GET, HEAD, OPTIONS, PUT"; also filled for kFound by match_any
};

class RouteTable {
 public:
  // Throws std::runtime_error naming both RPCs when two claim the same verb and path (a template
  // and its twin with a final slash are different paths), or a template names an unknown, repeated
  // or message field.
  explicit RouteTable(const Api& api);
  ~RouteTable();

  // `verb` as in the request line ("GET"); `path` without query, as sent.
  RouteMatch match(std::string_view verb, std::string_view path) const;
  // The verbs that `path` takes, as an Allow header's value; empty when the path is unknown.
  std::string allowed(std::string_view path) const;
  const std::vector<std::unique_ptr<Route>>& routes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace marquee::transcode
