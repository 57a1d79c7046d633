#include "tests/e2e/faults/memory.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace marquee::e2e {

std::int64_t resident_kib(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  const std::string name = "VmRSS:";
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name, 0) == 0) return std::atoll(line.c_str() + name.size());
  }
  return 0;
}

std::int64_t open_descriptors(pid_t process) {
  std::filesystem::directory_iterator entries("/proc/" + std::to_string(process) + "/fd");
  return std::distance(begin(entries), end(entries));
}

}  // namespace marquee::e2e
