// Whether whoever made a request is still there to read the answer. The connection fires it, what
// waits on behalf of the request hooks in. Touched by the connection's thread alone.
#pragma once

#include <functional>
#include <utility>

namespace marquee::gateway {

class Abort {
 public:
  Abort() = default;
  Abort(const Abort&) = delete;
  Abort& operator=(const Abort&) = delete;

  bool fired() const { return fired_; }
  // Runs the hook, if one is set; later ones run as soon as they are set.
  void fire() {
    if (std::exchange(fired_, true) || !hook_) return;
    std::exchange(hook_, nullptr)();
  }
  // One at a time; an empty one takes the hook back.
  void set_hook(std::function<void()> hook) {
    hook_ = std::move(hook);
    if (fired_ && hook_) std::exchange(hook_, nullptr)();
  }

 private:
  bool fired_ = false;
  std::function<void()> hook_;
};

}  // namespace marquee::gateway
