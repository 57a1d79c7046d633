#include "tests/e2e/scrape.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace marquee::e2e {

Scrape::Scrape(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string kind;
    std::string name;
    if (line.rfind("# ", 0) == 0) {
      words >> hash >> kind >> name;
      std::string rest;
      words >> rest;
      if (kind == "TYPE" && !types_.emplace(name, rest).second) {
        throw std::runtime_error("two families of one name: " + name);
      }
      if (kind == "HELP" && !rest.empty()) helps_.insert(name);
      continue;
    }
    if (line.empty()) continue;
    const auto space = line.rfind(' ');
    const auto brace = std::min(line.find('{'), space);
    if (space == std::string::npos) throw std::runtime_error("no sample: " + line);
    values_.push_back({line.substr(0, brace), line.substr(brace, space - brace),
                       std::stod(line.substr(space + 1))});
  }
}

double Scrape::sum(const std::string& name, const std::vector<std::string>& labels) const {
  double sum = 0;
  for (const auto& series : values_) {
    if (series.name != name) continue;
    if (std::all_of(labels.begin(), labels.end(), [&](const std::string& label) {
          return series.labels.find(label) != std::string::npos;
        })) {
      sum += series.value;
    }
  }
  return sum;
}

bool Scrape::has(const std::string& name) const {
  return std::any_of(values_.begin(), values_.end(),
                     [&](const Series& series) { return series.name == name; });
}

Scrape scrape(const Suite& suite, const std::string& process) {
  testing::HttpClient client("http://127.0.0.1:" + std::to_string(suite.ports()[process + ".ops"]));
  auto reply = client.get("/metrics");
  if (reply.status != 200) throw std::runtime_error("no metrics of " + process);
  return Scrape(reply.body);
}

std::map<std::string, Scrape> scrape_all(const Suite& suite) {
  const std::string suffix = ".ops";
  std::map<std::string, Scrape> all;
  for (const auto& [name, port] : suite.ports()) {
    if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
      continue;
    const std::string process = name.substr(0, name.size() - suffix.size());
    all.emplace(process, scrape(suite, process));
  }
  return all;
}

double sum_of(const std::map<std::string, Scrape>& scrapes, const std::string& name,
              const std::vector<std::string>& labels) {
  double sum = 0;
  for (const auto& [process, scrape] : scrapes) sum += scrape.sum(name, labels);
  return sum;
}

}  // namespace marquee::e2e
