// What a process holds at the moment, from /proc.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace marquee::e2e {

std::int64_t resident_kib(pid_t process);
std::int64_t open_descriptors(pid_t process);

}  // namespace marquee::e2e
