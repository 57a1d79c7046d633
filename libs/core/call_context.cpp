#include "libs/core/call_context.h"

namespace marquee {

thread_local const CallContext* CallContext::here = nullptr;

}  // namespace marquee
