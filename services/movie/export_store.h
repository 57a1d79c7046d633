// The SQL of exports: what a user has said about films, a page at a time along an index. Stateless;
// any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/db/pool.h"
#include "marquee/movie/v1/export.pb.h"

namespace marquee::movie {

struct ExportPage {
  std::vector<v1::ExportedRecord> records;
  std::int64_t last = 0;  // the key of the last one, where there is any
};

class ExportStore {
 public:
  explicit ExportStore(db::Pool& pool) : pool_(pool) {}

  // The user's records of a kind (not UNSPECIFIED) whose keys come after `after`, which is 0 for
  // the first page, at most `limit` of them. Keys are positive and rise.
  ExportPage page(const Deadline& deadline, std::int64_t user, v1::RecordKind kind,
                  std::int64_t after, std::int64_t limit);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
