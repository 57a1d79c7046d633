#include "libs/core/tally.h"

namespace marquee::core {

std::size_t tally_row() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t row = threads.fetch_add(1, std::memory_order_relaxed) % kTallyRows;
  return row;
}

}  // namespace marquee::core
