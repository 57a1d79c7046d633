// A cache tag of a policy with its {fields} filled in from a request: "movie:{id}" -> "movie:17".
// Immutable, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/transcode/message_plan.h"

namespace marquee::gateway {

class TagTemplate {
 public:
  // Throws std::invalid_argument when a {field} is not a singular scalar of `request`.
  TagTemplate(std::string_view text, const transcode::MessagePlan& request);

  // `wire`: the encoded request. A field that is not in it counts as 0 or "".
  std::string fill(std::string_view wire) const;

 private:
  struct Piece {
    std::string text;
    const transcode::FieldPlan* field = nullptr;  // follows `text` where not null
  };
  std::vector<Piece> pieces_;
};

}  // namespace marquee::gateway
