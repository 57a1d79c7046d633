// The one include of the test framework, for Catch2 2 and 3 alike. Assertions belong on the test's
// main thread: collect in others, assert here.
#pragma once

#include <string>

#ifdef MARQUEE_CATCH2_V2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
#endif

// What changed its name between the versions.
namespace marquee::testing {
#ifdef MARQUEE_CATCH2_V2
inline auto approx(double value) {
  return ::Approx(value);
}
inline auto contains(const std::string& part) {
  return ::Catch::Matchers::Contains(part);
}
#else
inline auto approx(double value) {
  return ::Catch::Approx(value);
}
inline auto contains(const std::string& part) {
  return ::Catch::Matchers::ContainsSubstring(part);
}
#endif
}  // namespace marquee::testing
