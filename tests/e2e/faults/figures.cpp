#include "tests/e2e/faults/figures.h"

#include <algorithm>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

namespace marquee::e2e {
namespace {

nlohmann::json problem_in(const Outcome& outcome) {
  return nlohmann::json::parse(outcome.body, nullptr, false);
}

std::string kind_of(const Outcome& outcome) {
  std::string kind = std::to_string(outcome.status);
  if (outcome.good()) return kind;
  auto problem = problem_in(outcome);
  if (problem.is_object() && problem.value("code", nlohmann::json()).is_string()) {
    return kind + " " + problem["code"].get<std::string>();
  }
  return kind + " " + outcome.body.substr(0, 80);
}

template <typename Condition>
Outcomes those(const Outcomes& outcomes, Condition condition) {
  Outcomes result;
  std::copy_if(outcomes.begin(), outcomes.end(), std::back_inserter(result), condition);
  return result;
}

}  // namespace

bool full() {
  const char* text = std::getenv("MARQUEE_FAULTS_FULL");
  return text != nullptr && *text != '\0' && *text != '0';
}

seconds lasting(seconds usually, seconds in_full) {
  return full() ? in_full : usually;
}

std::map<std::string, int> kinds(const Outcomes& outcomes) {
  std::map<std::string, int> result;
  for (const auto& outcome : outcomes) ++result[kind_of(outcome)];
  return result;
}

Outcomes good(const Outcomes& outcomes) {
  return those(outcomes, [](const Outcome& one) { return one.good(); });
}

Outcomes failed(const Outcomes& outcomes) {
  return those(outcomes, [](const Outcome& one) { return !one.good(); });
}

Outcomes with_method(const Outcomes& outcomes, const std::string& method) {
  return those(outcomes, [&](const Outcome& one) { return one.method == method; });
}

Outcomes overlapping(const Outcomes& outcomes, Clock::time_point from, Clock::time_point to) {
  return those(outcomes, [&](const Outcome& one) { return one.sent <= to && one.ended >= from; });
}

Outcomes sent_after(const Outcomes& outcomes, Clock::time_point time) {
  return those(outcomes, [&](const Outcome& one) { return one.sent > time; });
}

double percentile_ms(const Outcomes& outcomes, double part) {
  if (outcomes.empty()) return 0;
  std::vector<double> times;
  times.reserve(outcomes.size());
  for (const auto& outcome : outcomes) times.push_back(outcome.took_ms());
  auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), times.begin() + at, times.end());
  return times[static_cast<std::size_t>(at)];
}

double slowest_ms(const Outcomes& outcomes) {
  return percentile_ms(outcomes, 1);
}

std::string unclean(const Outcomes& failures) {
  for (const auto& failure : failures) {
    auto problem = problem_in(failure);
    if (failure.status == 503 && failure.retry_after && problem.is_object() &&
        problem.value("success", nlohmann::json()) == nlohmann::json(false)) {
      continue;
    }
    return failure.method + " got " + std::to_string(failure.status) + " " + failure.body;
  }
  return {};
}

void tell(const std::string& label, const Outcomes& outcomes) {
  std::cout << std::fixed << std::setprecision(1) << label << ": " << outcomes.size()
            << " requests, p50 " << percentile_ms(outcomes, 0.5) << " ms, p99 "
            << percentile_ms(outcomes, 0.99) << " ms, slowest " << slowest_ms(outcomes) << " ms";
  const char* between = "; ";
  for (const auto& [kind, count] : kinds(outcomes)) {
    std::cout << between << kind << ": " << count;
    between = ", ";
  }
  std::cout << std::endl;
}

}  // namespace marquee::e2e
