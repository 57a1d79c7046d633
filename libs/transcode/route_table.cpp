#include "libs/transcode/route_table.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>

#include <google/protobuf/descriptor.h>

#include "google/api/annotations.pb.h"
#include "libs/transcode/field_text.h"
#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"
#include "libs/transcode/route_template.h"
#include "marquee/api/policy.pb.h"

namespace marquee::transcode {
namespace {

// The parts of a path between its slashes; only an unusually deep one needs the heap.
class Segments {
 public:
  // "/a/b/" -> "a", "b", "": the views are into `path`, which starts with a slash.
  void split(std::string_view path) {
    for (std::size_t start = 1;;) {
      std::size_t slash = path.find('/', start);
      if (slash == std::string_view::npos) return push_back(path.substr(start));
      push_back(path.substr(start, slash - start));
      start = slash + 1;
    }
  }

  std::size_t size() const { return size_; }
  std::string_view& operator[](std::size_t index) {
    return size_ <= kInlineMax ? inline_[index] : heap_[index];
  }
  std::string_view operator[](std::size_t index) const {
    return size_ <= kInlineMax ? inline_[index] : heap_[index];
  }
  std::string_view back() const { return (*this)[size_ - 1]; }

  void push_back(std::string_view segment) {
    if (size_ < kInlineMax) {
      inline_[size_++] = segment;
      return;
    }
    if (size_ == kInlineMax) heap_.assign(inline_.begin(), inline_.end());
    heap_.push_back(segment);
    ++size_;
  }
  void pop_back() {
    if (size_ > kInlineMax) heap_.pop_back();
    if (--size_ == kInlineMax) std::copy(heap_.begin(), heap_.end(), inline_.begin());
  }

 private:
  static constexpr std::size_t kInlineMax = 16;

  std::size_t size_ = 0;
  std::array<std::string_view, kInlineMax> inline_;
  std::vector<std::string_view> heap_;
};

constexpr std::size_t kVerbs = 5;
constexpr std::array<std::string_view, kVerbs> kVerbNames = {"GET", "POST", "PUT", "PATCH",
                                                             "DELETE"};
constexpr std::size_t kNoVerb = kVerbs;

std::size_t verb_index(std::string_view verb) {
  if (verb == "HEAD") return static_cast<std::size_t>(Verb::kGet);
  auto it = std::find(kVerbNames.begin(), kVerbNames.end(), verb);
  return static_cast<std::size_t>(it - kVerbNames.begin());
}

// The value of an Allow header, in alphabetical order.
std::string allow_header(unsigned verbs) {
  auto has = [&](Verb verb) { return (verbs >> static_cast<unsigned>(verb) & 1u) != 0; };
  std::string text;
  auto add = [&](bool present, std::string_view name) {
    if (!present) return;
    if (!text.empty()) text += ", ";
    text += name;
  };
  add(has(Verb::kDelete), "DELETE");
  add(has(Verb::kGet), "GET");
  add(has(Verb::kGet), "HEAD");
  add(true, "OPTIONS");
  add(has(Verb::kPatch), "PATCH");
  add(has(Verb::kPost), "POST");
  add(has(Verb::kPut), "PUT");
  return text;
}

// A request path cut at its slashes and decoded; the other spelling differs by a final slash.
struct DecodedPath {
  std::vector<std::string> storage;
  Segments segments;

  bool parse(std::string_view path) {
    segments.split(path);
    if (path.find('%') == std::string_view::npos) {
      return is_utf8(path) && path.find('\0') == std::string_view::npos;
    }
    storage.resize(segments.size());
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!percent_decode(segments[i], false, storage[i])) return false;
      segments[i] = storage[i];
    }
    return true;
  }

  // "/" has none, and "/a//" is not a spelling of "/a/".
  bool has_twin() const {
    std::size_t size = segments.size();
    return !segments.back().empty() || (size > 1 && !segments[size - 2].empty());
  }
  void turn_into_twin() {
    if (segments.back().empty()) {
      segments.pop_back();
    } else {
      segments.push_back({});
    }
  }
};

const FieldPlan& scalar_field(const Method& method, const std::string& name, const char* role) {
  const FieldPlan* field = method.request->by_name(name);
  bool scalar = field != nullptr && !field->repeated && field->kind != Kind::kMessage &&
                field->kind != Kind::kMap;
  if (!scalar) {
    throw std::runtime_error(method.full_name + ": " + role + " \"" + name +
                             "\" is no scalar field of its request");
  }
  return *field;
}

const FieldPlan& named_field(const Method& method, const MessagePlan& plan,
                             const std::string& name) {
  const FieldPlan* field = plan.by_name(name);
  if (field == nullptr) {
    throw std::runtime_error(method.full_name + ": " + plan.full_name + " has no field \"" + name +
                             "\"");
  }
  return *field;
}

std::pair<Verb, std::string> verb_and_path(const Method& method,
                                           const google::api::HttpRule& rule) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {Verb::kGet, rule.get()};
    case google::api::HttpRule::kPost:
      return {Verb::kPost, rule.post()};
    case google::api::HttpRule::kPut:
      return {Verb::kPut, rule.put()};
    case google::api::HttpRule::kPatch:
      return {Verb::kPatch, rule.patch()};
    case google::api::HttpRule::kDelete:
      return {Verb::kDelete, rule.delete_()};
    default:
      throw std::runtime_error(method.full_name +
                               ": a route needs get, post, put, patch or delete");
  }
}

std::uint32_t success_of(const Method& method, const std::string& path) {
  std::uint32_t success = method.policy->success() != 0 ? method.policy->success() : 200;
  for (const auto& remark : method.policy->paths()) {
    if (remark.path() == path && remark.success() != 0) success = remark.success();
  }
  return success;
}

std::unique_ptr<Route> make_route(const Method& method, const google::api::HttpRule& rule) {
  auto route = std::make_unique<Route>();
  route->method = &method;
  std::tie(route->verb, route->path_template) = verb_and_path(method, rule);
  route->success = success_of(method, route->path_template);
  if (rule.body() == "*") {
    route->body = Route::Body::kMessage;
  } else if (!rule.body().empty()) {
    route->body = Route::Body::kField;
    route->body_field = &named_field(method, *method.request, rule.body());
  }
  if (!rule.response_body().empty()) {
    route->response_field = &named_field(method, *method.reply, rule.response_body());
  }
  return route;
}

// Every path that a remark names must be one of the RPC's.
void check_remarks(const Method& method, const google::api::HttpRule& rule) {
  for (const auto& remark : method.policy->paths()) {
    bool known = verb_and_path(method, rule).second == remark.path();
    for (const auto& more : rule.additional_bindings()) {
      known = known || verb_and_path(method, more).second == remark.path();
    }
    if (!known) {
      throw std::runtime_error(method.full_name + ": its policy speaks of \"" + remark.path() +
                               "\", which is not one of its paths");
    }
  }
}

}  // namespace

std::string_view verb_name(Verb verb) {
  return kVerbNames[static_cast<std::size_t>(verb)];
}

struct RouteTable::Node {
  // Few a node, and told apart by their sizes mostly: looking at each costs less than hashing.
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> variable;
  std::unique_ptr<Node> rest;
  std::array<const Route*, kVerbs> routes{};

  const Node* literal(std::string_view segment) const {
    for (const auto& [text, node] : literals) {
      if (text == segment) return node.get();
    }
    return nullptr;
  }

  std::unique_ptr<Node>& literal_slot(const std::string& segment) {
    for (auto& [text, node] : literals) {
      if (text == segment) return node;
    }
    return literals.emplace_back(segment, nullptr).second;
  }

  Node& child(const TemplateSegment& segment) {
    auto& slot = segment.kind == TemplateSegment::Kind::kLiteral    ? literal_slot(segment.text)
                 : segment.kind == TemplateSegment::Kind::kVariable ? variable
                                                                    : rest;
    if (!slot) slot = std::make_unique<Node>();
    return *slot;
  }

  void add(Route& route) {
    Node* node = this;
    for (const TemplateSegment& segment : parse_template(route.path_template)) {
      node = &node->child(segment);
      if (segment.kind == TemplateSegment::Kind::kLiteral) continue;
      const FieldPlan* field = &scalar_field(*route.method, segment.text, "path variable");
      auto& variables = route.variables;
      if (std::find(variables.begin(), variables.end(), field) != variables.end()) {
        throw std::runtime_error(route.method->full_name + ": \"" + route.path_template +
                                 "\" names \"" + segment.text + "\" twice");
      }
      variables.push_back(field);
    }
    const Route*& place = node->routes[static_cast<std::size_t>(route.verb)];
    if (place != nullptr) {
      throw std::runtime_error(place->method->full_name + " and " + route.method->full_name +
                               " both claim " + std::string(verb_name(route.verb)) + ' ' +
                               route.path_template);
    }
    place = &route;
  }

  // A walk over the nodes that a path reaches, best first, until one takes the verb. A node is seen
  // at most once, whatever the path: its depth says which segment it stands for.
  struct Walk {
    const Segments& segments;
    std::size_t verb;
    unsigned verbs = 0;  // of all routes reached
    const Route* route = nullptr;
    std::vector<std::string> values = {};
    std::string scratch = {};

    // Words are no ids: /api/movies/watch is not the film "watch" but a spelling of its twin.
    bool fits(const Route* candidate) {
      if (candidate == nullptr) return false;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const FieldPlan& field = *candidate->variables[i];
        scratch.clear();
        if (is_integer(field.kind) && write_path_text(field, values[i], scratch) != Fit::kOk) {
          return false;
        }
      }
      return true;
    }

    bool reach(const Node& node) {
      if (verb != kNoVerb && fits(node.routes[verb])) {
        route = node.routes[verb];
        return true;
      }
      for (std::size_t i = 0; i < kVerbs; ++i) verbs |= fits(node.routes[i]) ? 1u << i : 0u;
      return false;
    }

    bool run(const Node& node, std::size_t depth) {
      if (depth == segments.size()) return reach(node);
      std::string_view segment = segments[depth];
      const Node* literal = node.literal(segment);
      if (literal != nullptr && run(*literal, depth + 1)) return true;
      if (segment.empty()) return false;
      if (node.variable) {
        values.emplace_back(segment);
        if (run(*node.variable, depth + 1)) return true;
        values.pop_back();
      }
      if (!node.rest || !reach(*node.rest)) return false;
      std::string& value = values.emplace_back(segment);
      for (std::size_t i = depth + 1; i < segments.size(); ++i) (value += '/') += segments[i];
      return true;
    }
  };
};

RouteTable::RouteTable(const Api& api) : root_(std::make_unique<Node>()) {
  auto add = [this](const Method& method, const google::api::HttpRule& rule) {
    auto route = make_route(method, rule);
    route->index = routes_.size();
    root_->add(*route);
    routes_.push_back(std::move(route));
  };
  for (const auto& method : api.methods()) {
    const auto& options = method->descriptor->options();
    if (!options.HasExtension(google::api::http)) continue;
    if (method->policy->auth() == marquee::api::AUTH_INTERNAL) {
      throw std::runtime_error(method->full_name + ": an internal RPC cannot have a route");
    }
    const auto& rule = options.GetExtension(google::api::http);
    check_remarks(*method, rule);
    add(*method, rule);
    for (const auto& more : rule.additional_bindings()) add(*method, more);
  }
}

RouteTable::~RouteTable() = default;

RouteMatch RouteTable::match(std::string_view verb, std::string_view path) const {
  using Outcome = RouteMatch::Outcome;
  RouteMatch match;
  if (!path.starts_with('/')) return match;
  DecodedPath decoded;
  if (!decoded.parse(path)) {
    match.outcome = Outcome::kBadPath;
    return match;
  }
  Node::Walk walk{decoded.segments, verb_index(verb)};
  bool found = walk.run(*root_, 0);
  if (!found && decoded.has_twin()) {
    decoded.turn_into_twin();
    found = walk.run(*root_, 0);
  }
  if (found) {
    match.outcome = Outcome::kFound;
    match.route = walk.route;
    match.values = std::move(walk.values);
  } else if (walk.verbs != 0) {
    match.outcome = Outcome::kWrongVerb;
    match.allow = allow_header(walk.verbs);
  }
  return match;
}

std::string RouteTable::allowed(std::string_view path) const {
  return match("", path).allow;
}

const std::vector<std::unique_ptr<Route>>& RouteTable::routes() const {
  return routes_;
}

}  // namespace marquee::transcode
