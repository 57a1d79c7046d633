#include "libs/ops/build_info.h"

#include "build_commit.h"

namespace marquee::ops {

const BuildInfo& build_info() {
  static constexpr BuildInfo kInfo{MARQUEE_VERSION, MARQUEE_COMMIT, MARQUEE_COMPILER};
  return kInfo;
}

}  // namespace marquee::ops
