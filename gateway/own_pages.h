// The few paths that the gateway answers itself, about itself: liveness, readiness, the greeting.
// Everything else comes from the descriptors.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace marquee::gateway {

struct OwnPage {
  unsigned status = 200;
  std::string json;
};

class OwnPages {
 public:
  // `not_ready` returns why the gateway cannot serve, or nothing. Any thread.
  explicit OwnPages(std::function<std::string()> not_ready) : not_ready_(std::move(not_ready)) {}

  // The answer to GET `path`; nothing when it is not one of ours.
  std::optional<OwnPage> find(std::string_view path) const;

 private:
  std::function<std::string()> not_ready_;
};

}  // namespace marquee::gateway
