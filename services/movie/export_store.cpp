#include "services/movie/export_store.h"

#include <stdexcept>

#include "services/movie/stars.h"
#include "services/movie/timestamps.h"

namespace marquee::movie {
namespace {

// `said`: key, movie_id, half_stars, text, created_at, updated_at of one page.
#define EXPORTED(said)                                                               \
  "SELECT s.key, m.id, m.title, m.release_year, m.imdb_id, m.tmdb_id, s.half_stars," \
  " s.text, (extract(epoch FROM s.created_at) * 1000000)::bigint,"                   \
  " (extract(epoch FROM s.updated_at) * 1000000)::bigint"                            \
  " FROM (" said                                                                     \
  ") s (key, movie_id, half_stars, text, created_at, updated_at)"                    \
  " JOIN movies m ON m.id = s.movie_id ORDER BY s.key"

constexpr db::Statement kRatings{"export_ratings", EXPORTED(R"sql(
  SELECT movie_id, movie_id, half_stars, NULL::text, rated_at, NULL::timestamptz FROM ratings
   WHERE user_id = $1::bigint AND movie_id > $2::bigint ORDER BY movie_id LIMIT $3::bigint)sql")};

constexpr db::Statement kReviews{"export_reviews", EXPORTED(R"sql(
  SELECT v.movie_id, v.movie_id, r.half_stars, v.comment, v.created_at, v.updated_at
    FROM reviews v LEFT JOIN ratings r ON r.user_id = v.user_id AND r.movie_id = v.movie_id
   WHERE v.user_id = $1::bigint AND v.movie_id > $2::bigint
   ORDER BY v.movie_id LIMIT $3::bigint)sql")};

constexpr db::Statement kComments{"export_comments", EXPORTED(R"sql(
  SELECT id, movie_id, NULL::smallint, body, created_at, NULL::timestamptz FROM comments
   WHERE user_id = $1::bigint AND id > $2::bigint ORDER BY id LIMIT $3::bigint)sql")};

constexpr db::Statement kWatchlist{"export_watchlist", EXPORTED(R"sql(
  SELECT movie_id, movie_id, NULL::smallint, NULL::text, added_at, NULL::timestamptz
    FROM watchlist_entries
   WHERE user_id = $1::bigint AND movie_id > $2::bigint ORDER BY movie_id LIMIT $3::bigint)sql")};

#undef EXPORTED

const db::Statement& statement_of(v1::RecordKind kind) {
  switch (kind) {
    case v1::RECORD_KIND_RATING:
      return kRatings;
    case v1::RECORD_KIND_REVIEW:
      return kReviews;
    case v1::RECORD_KIND_COMMENT:
      return kComments;
    case v1::RECORD_KIND_WATCHLIST:
      return kWatchlist;
    default:
      throw std::logic_error("no such kind of record");
  }
}

}  // namespace

ExportPage ExportStore::page(const Deadline& deadline, std::int64_t user, v1::RecordKind kind,
                             std::int64_t after, std::int64_t limit) {
  return pool_.read(deadline, [&](db::Tx& tx) {
    ExportPage page;
    for (const auto& row : tx.exec(statement_of(kind), user, after, limit)) {
      page.last = row[0].as<std::int64_t>();
      auto& record = page.records.emplace_back();
      record.set_kind(kind);
      record.set_movie_id(row[1].as<std::int64_t>());
      record.set_title(row[2].as<std::string>());
      if (!row[3].is_null()) record.set_release_year(row[3].as<std::int32_t>());
      if (!row[4].is_null()) record.set_imdb_id(row[4].as<std::string>());
      if (!row[5].is_null()) record.set_tmdb_id(row[5].as<std::int64_t>());
      if (!row[6].is_null()) record.set_rating(stars_of(row[6].as<int>()));
      if (!row[7].is_null()) record.set_text(row[7].as<std::string>());
      set_time(*record.mutable_created_at(), row[8].as<std::int64_t>());
      if (!row[9].is_null()) set_time(*record.mutable_updated_at(), row[9].as<std::int64_t>());
    }
    return page;
  });
}

}  // namespace marquee::movie
