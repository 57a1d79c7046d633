// What this program was built from. Any thread.
#pragma once

#include <string_view>

namespace marquee::ops {

struct BuildInfo {
  std::string_view version;   // "0.1.0"
  std::string_view commit;    // of the source, "-dirty" behind it if changed since; or "unknown"
  std::string_view compiler;  // "GNU 12.2.0"
};

const BuildInfo& build_info();

}  // namespace marquee::ops
