#include "gateway/per_core.h"

namespace marquee::gateway {
namespace {

thread_local std::size_t core = kNoCore;

}  // namespace

std::size_t this_core() {
  return core;
}

void set_this_core(std::size_t number) {
  core = number;
}

}  // namespace marquee::gateway
