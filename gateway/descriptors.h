// Room for descriptors, made before there are threads. When a process with threads opens more than
// its table in the kernel holds, the one that does waits for all processors (synchronize_rcu, ten
// milliseconds and more), and the table only doubles: a thousand new connections would stop an I/O
// thread several times.
#pragma once

namespace marquee::gateway {

// For `count` of them, or as many as the process may have. Not being able to is no failure.
void reserve_descriptors(int count);

}  // namespace marquee::gateway
