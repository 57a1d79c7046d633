// The tests' own API, built once.
#pragma once

#include <string>
#include <string_view>

#include "libs/transcode/api.h"
#include "test_descriptor_set.h"

namespace marquee::transcode {

inline const Api& test_api() {
  static const Api api(marquee::embedded::test_descriptor_set());
  return api;
}

inline const MessagePlan& test_plan(std::string_view name) {
  return *test_api().find_message("marquee.testapi.v1." + std::string(name));
}

}  // namespace marquee::transcode
