#include "libs/ops/process_metrics.h"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "libs/ops/build_info.h"

namespace marquee::ops {
namespace {

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  constexpr double kSecond = 1e9;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / kSecond;
}

std::int64_t open_descriptors() {
  std::error_code error;
  std::int64_t count = -1;  // the one that counts them
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

void add_process_metrics(LiveRegistry& registry, const std::string& service) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const double started = std::chrono::duration<double>(since_epoch).count();
  registry.add([service, started](Scrape& scrape) {
    const BuildInfo& build = build_info();
    scrape.gauge("marquee_build_info", "1, with what this process was built from",
                 {{"service", service},
                  {"version", std::string(build.version)},
                  {"commit", std::string(build.commit)},
                  {"compiler", std::string(build.compiler)}},
                 1);
    scrape.gauge("marquee_process_start_time_seconds", "When the process started, as Unix time", {},
                 started);
    scrape.gauge("marquee_process_resident_memory_bytes", "Memory that is in use", {},
                 resident_bytes());
    scrape.counter("marquee_process_cpu_seconds_total", "Processor time of all threads", {},
                   processor_seconds());
    scrape.gauge("marquee_process_open_fds", "Open file descriptors", {}, open_descriptors());
  });
}

}  // namespace marquee::ops
