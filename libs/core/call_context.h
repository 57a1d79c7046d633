// Which request this thread works for at the moment, so that log lines and calls to other services
// name it without being told by everybody in between. Set by whoever runs a handler, as a scope; a
// job that waits on a stack of its own (libs/core/turn.h) takes its scope with it. The views must
// outlive the scope.
#pragma once

#include <string_view>

#include "libs/core/trace.h"

namespace marquee {

struct CallContext {
  std::string_view request_id;
  const Trace* trace = nullptr;

  // Null outside of any call.
  static const CallContext* current() { return here; }
  // Returns what was there before.
  static const CallContext* exchange(const CallContext* context) {
    const CallContext* before = here;
    here = context;
    return before;
  }

  class Scope {
   public:
    explicit Scope(const CallContext* context) : before_(exchange(context)) {}
    ~Scope() { exchange(before_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const CallContext* const before_;
  };

 private:
  static thread_local const CallContext* here;
};

}  // namespace marquee
