// What many outcomes of a load amount to.
#pragma once

#include <map>
#include <string>

#include "tests/e2e/faults/load.h"

namespace marquee::e2e {

// Full durations, and pass lines that need a machine of their own: MARQUEE_FAULTS_FULL=1.
bool full();
// `in_full` then, else `usually`.
seconds lasting(seconds usually, seconds in_full);

// By "200", "503 overloaded", "0 the connection ended without an answer".
std::map<std::string, int> kinds(const Outcomes& outcomes);
// Those that ended well.
Outcomes good(const Outcomes& outcomes);
Outcomes failed(const Outcomes& outcomes);
Outcomes with_method(const Outcomes& outcomes, const std::string& method);
// Those that were under way at some time between the two.
Outcomes overlapping(const Outcomes& outcomes, Clock::time_point from, Clock::time_point to);
Outcomes sent_after(const Outcomes& outcomes, Clock::time_point time);
// Milliseconds, 0 of none. `part`: 0.99.
double percentile_ms(const Outcomes& outcomes, double part);
double slowest_ms(const Outcomes& outcomes);
// The first that is no 503 with a problem object and Retry-After, or "".
std::string unclean(const Outcomes& failures);

// "LABEL: 1,200 requests, p50 1.2 ms, p99 3.4 ms, slowest 9 ms; 200: 1199, 503 overloaded: 1" to
// stdout.
void tell(const std::string& label, const Outcomes& outcomes);

}  // namespace marquee::e2e
