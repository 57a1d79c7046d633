// A cache tag of a policy with its {fields} filled in from a call: "movie:{id}" -> "movie:17" by
// the request, "movie:{reply.movie_id}" by the reply. Immutable, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/transcode/message_plan.h"

namespace marquee::gateway {

class TagTemplate {
 public:
  // Throws std::invalid_argument when a {field} is not a singular scalar of its message. `reply` is
  // null where the tag is needed before there is one.
  TagTemplate(std::string_view text, const transcode::MessagePlan& request,
              const transcode::MessagePlan* reply = nullptr);

  // The messages in wire form. A field that is not on the wire counts as 0 or "".
  std::string fill(std::string_view request, std::string_view reply = {}) const;
  // Whether a reply is needed.
  bool of_reply() const;

 private:
  struct Piece {
    std::string text;
    const transcode::FieldPlan* field = nullptr;  // follows `text` where not null
    bool of_reply = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace marquee::gateway
