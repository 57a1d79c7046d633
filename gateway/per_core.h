// What each I/O thread has for itself, so that a request touches no lock and no cache line that
// another core writes. Asking is for I/O threads alone; elsewhere there is nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace marquee::gateway {

// Which of the gateway's I/O threads this is, from 0.
inline constexpr std::size_t kNoCore = static_cast<std::size_t>(-1);
std::size_t this_core();
// Called by each I/O thread when it begins.
void set_this_core(std::size_t core);

template <typename T>
class PerCore {
 public:
  explicit PerCore(std::size_t cores) {
    for (std::size_t i = 0; i < cores; ++i) parts_.push_back(std::make_unique<T>());
  }
  // Null on a thread that is no I/O thread.
  T* here() const {
    const std::size_t core = this_core();
    return core < parts_.size() ? parts_[core].get() : nullptr;
  }

 private:
  std::vector<std::unique_ptr<T>> parts_;
};

}  // namespace marquee::gateway
