#include "tests/e2e/faults/ledger.h"

#include <cstdlib>
#include <map>
#include <sstream>

#include "tests/e2e/films.h"

namespace marquee::e2e {
namespace {

// How often each number is in the database.
std::map<std::int64_t, int> stored_of(std::int64_t film) {
  std::string output;
  const std::string sql =
      "select 'entry:' || body from comments where movie_id = " + std::to_string(film);
  if (Suite::shared().command("psql", {"movie", "-Atc", sql}, &output) != 0) {
    throw std::runtime_error("the ledger cannot be read: " + output);
  }
  std::map<std::int64_t, int> stored;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("entry:", 0) == 0) ++stored[std::atoll(line.c_str() + 6)];
  }
  return stored;
}

}  // namespace

Ledger::Ledger() : writer_(new_person()), film_(add_film(writer_)) {}

Ask Ledger::next(std::int64_t number) const {
  Ask ask;
  ask.method = "POST";
  ask.path = detail_path(film_, "/comment/");
  ask.token = writer_.token;
  ask.tag = number;
  ask.body = json{{"body", std::to_string(number)}}.dump();
  return ask;
}

std::string Ledger::film_path() const {
  return movie_path(film_);
}

std::string Ledger::faults(const Outcomes& outcomes) const {
  const auto stored = stored_of(film_);
  for (const auto& [number, count] : stored) {
    if (count > 1) return "written twice: " + std::to_string(number);
  }
  std::size_t acknowledged = 0;
  for (const auto& outcome : outcomes) {
    if (outcome.method != "POST" || !outcome.good()) continue;
    ++acknowledged;
    if (!stored.contains(outcome.tag)) return "lost: " + std::to_string(outcome.tag);
  }
  return acknowledged > 0 ? "" : "nothing was acknowledged";
}

}  // namespace marquee::e2e
