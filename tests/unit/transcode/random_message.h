// Random messages by reflection, for comparing the transcoder with protobuf itself.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include <google/protobuf/message.h>

namespace marquee::transcode {

class RandomMessage {
 public:
  explicit RandomMessage(std::uint64_t seed) : random_(seed) {}

  // Sets about half of the fields, nested ones down to `depth` levels.
  void fill(google::protobuf::Message& message, int depth);
  bool flip() { return random_() % 2 == 0; }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  void set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
           int depth);
  void add(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
           int depth);
  std::int64_t integer();
  double real();
  float narrow_real();
  std::string text();
  std::string bytes();
  int enum_number(const google::protobuf::FieldDescriptor& field);

  std::mt19937_64 random_;
};

}  // namespace marquee::transcode
