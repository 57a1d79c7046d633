// A client's own book of what it wrote: comments on a film of its own, each with a text that no
// other has, compared with what the database holds in the end. For the test's main thread, next()
// also for a load's.
#pragma once

#include <cstdint>
#include <string>

#include "tests/e2e/faults/load.h"
#include "tests/e2e/people.h"

namespace marquee::e2e {

class Ledger {
 public:
  // A new person and a film of theirs, on the shared suite.
  Ledger();

  // The comment of that number; each is asked for once.
  Ask next(std::int64_t number) const;
  // Of the film: what a reader asks for.
  std::string film_path() const;
  const Person& writer() const { return writer_; }
  std::int64_t film() const { return film_; }

  // "" when all that was acknowledged is in the database once, and nothing is there twice.
  std::string faults(const Outcomes& outcomes) const;

 private:
  Person writer_;
  std::int64_t film_;
};

}  // namespace marquee::e2e
