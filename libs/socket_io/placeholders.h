// Walks the arguments of a packet and checks the places where its attachments belong:
// {"_placeholder":true,"num":0}. Each that was announced must be there exactly once; a packet
// without attachments may hold none. For the decoder alone, during one call.
#pragma once

#include <cstddef>
#include <vector>

#include "libs/transcode/json_reader.h"

namespace marquee::socket_io {

class Placeholders {
 public:
  explicit Placeholders(std::size_t announced) : seen_(announced) {}

  // The next value of `in`, whatever it is; false when it is broken or a placeholder is wrong.
  bool skip_value(transcode::JsonReader& in);
  bool complete() const { return found_ == seen_.size(); }

 private:
  bool skip_object(transcode::JsonReader& in);
  bool mark(std::string_view number);

  std::vector<bool> seen_;
  std::size_t found_ = 0;
};

}  // namespace marquee::socket_io
