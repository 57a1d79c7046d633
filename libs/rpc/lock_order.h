// For a program's first lines: without it gRPC's every lock is entered into a graph.
#pragma once

namespace marquee::rpc {

// Distributions build Abseil without NDEBUG, whose mutexes then look for cycles in the order in
// which gRPC takes its locks: some microseconds a call. Builds with sanitizers keep that. Before
// the first thread.
void skip_lock_order_checks();

}  // namespace marquee::rpc
