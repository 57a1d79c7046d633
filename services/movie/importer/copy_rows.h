// COPY into a table: the one place that deals with how libpqxx streams.
//
//   copy_rows(tx, "import_chunk_links", {"line", "tmdb_id"}, rows, [](const LinkRow& row) {
//     return std::make_tuple(row.line, row.tmdb_id);
//   });
//
// For the stages of an import, on the thread of the transaction.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "libs/db/tx.h"

namespace marquee::movie::importer {

// Fields of the tuples: integers, strings, std::optional of those (unset is NULL).
template <typename Rows, typename ToTuple>
void copy_rows(db::Tx& tx, const std::string& table, const std::vector<std::string>& columns,
               const Rows& rows, ToTuple&& to_tuple) {
  if (rows.empty()) return;
  try {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#if PQXX_VERSION_MAJOR < 7
    pqxx::stream_to stream(tx.work(), table, columns);
#else
    std::string names;
    for (const auto& column : columns) names += (names.empty() ? "" : ",") + column;
    auto stream = pqxx::stream_to::raw_table(tx.work(), table, names);
#endif
    for (const auto& row : rows) stream << to_tuple(row);
    stream.complete();
#pragma GCC diagnostic pop
  } catch (...) {
    db::translate_current_exception(table.c_str());
  }
}

}  // namespace marquee::movie::importer
