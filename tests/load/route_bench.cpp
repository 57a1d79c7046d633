// What finding a route costs: every route of the real API once a round, its variables filled in,
// and as many paths that no route has.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

#include "libs/transcode/api.h"
#include "libs/transcode/field_text.h"
#include "libs/transcode/route_table.h"
#include "libs/transcode/route_template.h"
#include "marquee_descriptor_set.h"

namespace {

long allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace marquee::transcode {
namespace {

constexpr int kRuns = 31;
constexpr int kRounds = 200;

struct Query {
  std::string_view verb;
  std::string path;
};

double cpu_nanos() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::string filled(const Route& route) {
  std::string path;
  std::size_t variable = 0;
  for (const TemplateSegment& segment : parse_template(route.path_template)) {
    path += '/';
    if (segment.kind == TemplateSegment::Kind::kLiteral) {
      path += segment.text;
    } else {
      path += is_integer(route.variables[variable++]->kind) ? "1042" : "nora-lindqvist";
    }
  }
  return path;
}

struct Cost {
  double nanos;
  double allocations;
};

Cost measure(const RouteTable& table, const std::vector<Query>& queries,
             RouteMatch::Outcome expected) {
  std::vector<double> nanos;
  long allocations_before = allocations;
  for (int run = 0; run < kRuns; ++run) {
    double start = cpu_nanos();
    for (int round = 0; round < kRounds; ++round) {
      for (const Query& query : queries) {
        if (table.match(query.verb, query.path).outcome == expected) continue;
        std::fprintf(stderr, "route_bench: %s\n", query.path.c_str());
        std::exit(2);
      }
    }
    nanos.push_back((cpu_nanos() - start) / kRounds / static_cast<double>(queries.size()));
  }
  std::sort(nanos.begin(), nanos.end());
  double calls = double{kRuns} * kRounds * static_cast<double>(queries.size());
  return {nanos[nanos.size() / 2], static_cast<double>(allocations - allocations_before) / calls};
}

void report(const char* what, const Cost& cost) {
  std::printf("  %-28s %6.0f ns  %4.1f allocations\n", what, cost.nanos, cost.allocations);
}

void run() {
  Api api(embedded::marquee_descriptor_set());
  RouteTable table(api);
  std::vector<Query> known;
  std::vector<Query> unknown;
  for (const auto& route : table.routes()) {
    known.push_back({verb_name(route->verb), filled(*route)});
    unknown.push_back({verb_name(route->verb), filled(*route) + "/nowhere"});
  }
  std::printf("finding a route among %zu (CPU time a match)\n", table.routes().size());
  report("known paths", measure(table, known, RouteMatch::Outcome::kFound));
  report("unknown paths", measure(table, unknown, RouteMatch::Outcome::kNotFound));
}

}  // namespace
}  // namespace marquee::transcode

int main(int argc, char** argv) {
  if (argc > 1) {
    bool help = std::string_view(argv[1]) == "--help";
    std::fprintf(help ? stdout : stderr,
                 "Usage: route_bench\n"
                 "Prints nanoseconds of CPU and heap allocations a look-up in the route table of\n"
                 "the real API. Only a release build says something.\n");
    return help ? 0 : 2;
  }
  marquee::transcode::run();
}
