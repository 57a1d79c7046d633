// Who directed and who played in a chunk's films. A person is recognised by TMDb's id, or by name
// where no other person has it; a person known by name alone takes the id of TMDb's person of that
// name in the same film. Functions on the transaction of a chunk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/db/tx.h"
#include "services/movie/importer/rows.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

struct StagedPerson {
  std::int64_t line = 0;
  const char* role = "";
  int billing_order = 0;
  const PersonRow* person = nullptr;
};

void add_people(std::vector<StagedPerson>& staged, std::int64_t line, const char* role,
                const std::vector<PersonRow>& people);
// Copies them to the chunk's table, which must be empty.
void stage_people(db::Tx& tx, const std::vector<StagedPerson>& people);
// Writes the lists of the staged people whose movie_id is known, where the film has none in that
// role yet or `replaces` says so. Marks what it wrote in is_set.
void set_people(db::Tx& tx);

// Credits of films that are there, by TMDb's id of the film.
StoreResult store_credits(db::Tx& tx, const std::vector<CreditsRow>& credits);

}  // namespace marquee::movie::importer
