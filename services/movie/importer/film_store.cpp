#include "services/movie/importer/film_store.h"

#include "services/movie/importer/copy_rows.h"
#include "services/movie/importer/people_store.h"

namespace marquee::movie::importer {
namespace {

using db::Statement;

constexpr Statement kBadLinks{"import_bad_links", R"sql(
  SELECT line,
         CASE WHEN repeated THEN 'movieId ' || movielens_id || ' occurs twice'
              WHEN imdb_taken THEN 'imdbId ' || imdb_id || ' belongs to another movieId already'
              ELSE 'tmdbId ' || tmdb_id || ' belongs to another movieId already' END
    FROM (SELECT c.*,
                 row_number() OVER (PARTITION BY movielens_id ORDER BY line) > 1
                   OR EXISTS (SELECT FROM import_links l WHERE l.movielens_id = c.movielens_id)
                   AS repeated,
                 imdb_id IS NOT NULL
                   AND (row_number() OVER (PARTITION BY imdb_id ORDER BY line) > 1
                        OR EXISTS (SELECT FROM import_links l WHERE l.imdb_id = c.imdb_id))
                   AS imdb_taken,
                 tmdb_id IS NOT NULL
                   AND (row_number() OVER (PARTITION BY tmdb_id ORDER BY line) > 1
                        OR EXISTS (SELECT FROM import_links l WHERE l.tmdb_id = c.tmdb_id))
                   AS tmdb_taken
            FROM import_chunk_links c) checked
   WHERE repeated OR imdb_taken OR tmdb_taken ORDER BY line)sql"};
constexpr Statement kStoreLinks{"import_store_links", R"sql(
  WITH wanted AS (
    SELECT movielens_id,
           CASE WHEN row_number() OVER (PARTITION BY imdb_id ORDER BY line) = 1
                 AND NOT EXISTS (SELECT FROM import_links l WHERE l.imdb_id = c.imdb_id)
                THEN imdb_id END AS imdb_id,
           CASE WHEN row_number() OVER (PARTITION BY tmdb_id ORDER BY line) = 1
                 AND NOT EXISTS (SELECT FROM import_links l WHERE l.tmdb_id = c.tmdb_id)
                THEN tmdb_id END AS tmdb_id,
           row_number() OVER (PARTITION BY movielens_id ORDER BY line) AS occurrence
      FROM import_chunk_links c),
  stored AS (
    INSERT INTO import_links (movielens_id, imdb_id, tmdb_id)
    SELECT movielens_id, imdb_id, tmdb_id FROM wanted WHERE occurrence = 1
    ON CONFLICT (movielens_id) DO NOTHING)
  SELECT count(*) FILTER (WHERE m.id IS NULL), count(m.id)
    FROM import_chunk_links c LEFT JOIN movies m ON m.movielens_id = c.movielens_id
   WHERE c.line <> ALL ($1::bigint[]))sql"};

// Own key of a film: the id its data set gives it, or title and year where there is none.
constexpr Statement kDropRepeated{"import_drop_repeated", R"sql(
  DELETE FROM import_chunk_films d USING (
    SELECT line, row_number() OVER (
             PARTITION BY movielens_id, tmdb_id,
                          CASE WHEN movielens_id IS NULL AND tmdb_id IS NULL
                               THEN movie_fold(title) || ' ' || coalesce(release_year, 0) END
             ORDER BY line) AS occurrence
      FROM import_chunk_films) n
   WHERE n.line = d.line AND n.occurrence > 1
  RETURNING d.line)sql"};
constexpr Statement kJoinLinks{"import_join_links", R"sql(
  UPDATE import_chunk_films f SET imdb_id = l.imdb_id, tmdb_id = l.tmdb_id
    FROM import_links l WHERE l.movielens_id = f.movielens_id)sql"};

constexpr Statement kMatchMovielens{"import_match_movielens", R"sql(
  UPDATE import_chunk_films f SET movie_id = m.id
    FROM movies m WHERE m.movielens_id = f.movielens_id)sql"};
constexpr Statement kMatchTmdb{"import_match_tmdb", R"sql(
  UPDATE import_chunk_films f SET movie_id = m.id
    FROM movies m
   WHERE f.movie_id IS NULL AND m.tmdb_id = f.tmdb_id
     AND (m.movielens_id IS NULL OR f.movielens_id IS NULL))sql"};
constexpr Statement kMatchImdb{"import_match_imdb", R"sql(
  UPDATE import_chunk_films f SET movie_id = m.id
    FROM movies m
   WHERE f.movie_id IS NULL AND m.imdb_id = f.imdb_id
     AND (m.movielens_id IS NULL OR f.movielens_id IS NULL)
     AND (m.tmdb_id IS NULL OR f.tmdb_id IS NULL)
     AND NOT EXISTS (SELECT FROM import_chunk_films o WHERE o.movie_id = m.id))sql"};
constexpr Statement kMatchTitle{"import_match_title", R"sql(
  WITH pairs AS (
    SELECT f.line, min(m.id) AS movie_id
      FROM import_chunk_films f
      JOIN movies m ON m.title_fold = movie_fold(f.title) AND m.release_year = f.release_year
     WHERE f.movie_id IS NULL
       AND (m.movielens_id IS NULL OR f.movielens_id IS NULL)
       AND (m.imdb_id IS NULL OR f.imdb_id IS NULL)
       AND (m.tmdb_id IS NULL OR f.tmdb_id IS NULL)
       AND NOT EXISTS (SELECT FROM import_chunk_films o WHERE o.movie_id = m.id)
     GROUP BY f.line),
  first_of_film AS (SELECT DISTINCT ON (movie_id) line, movie_id FROM pairs ORDER BY movie_id, line)
  UPDATE import_chunk_films f SET movie_id = p.movie_id
    FROM first_of_film p WHERE p.line = f.line)sql"};
constexpr Statement kNewIds{"import_new_ids", R"sql(
  UPDATE import_chunk_films
     SET movie_id = nextval(pg_get_serial_sequence('movies', 'id')), is_new = true
   WHERE movie_id IS NULL)sql"};
constexpr Statement kDropTakenImdb{"import_drop_taken_imdb", R"sql(
  UPDATE import_chunk_films f SET imdb_id = NULL
    FROM movies m WHERE m.imdb_id = f.imdb_id AND m.id <> f.movie_id)sql"};
constexpr Statement kDropTakenTmdb{"import_drop_taken_tmdb", R"sql(
  UPDATE import_chunk_films f SET tmdb_id = NULL
    FROM movies m WHERE m.tmdb_id = f.tmdb_id AND m.id <> f.movie_id)sql"};

constexpr Statement kInsertFilms{"import_insert_films", R"sql(
  INSERT INTO movies (id, title, original_title, overview, runtime, release_date, release_year,
                      imdb_id, tmdb_id, movielens_id)
  SELECT movie_id, title, original_title, overview, runtime, release_date, release_year,
         imdb_id, tmdb_id, movielens_id
    FROM import_chunk_films WHERE is_new ORDER BY line)sql"};
constexpr Statement kInsertStats{"import_insert_stats", R"sql(
  INSERT INTO movie_stats (movie_id, external_rating)
  SELECT movie_id, external_rating FROM import_chunk_films WHERE is_new ORDER BY line)sql"};
constexpr Statement kMarkReplacing{"import_mark_replacing", R"sql(
  UPDATE import_chunk_films f SET replaces = true
    FROM movies m
   WHERE $1::boolean AND m.id = f.movie_id AND NOT f.is_new
     AND m.edited_by IS NULL AND m.created_by IS NULL)sql"};
constexpr Statement kUpdateFilms{"import_update_films", R"sql(
  WITH merged AS (
    SELECT m.id,
           CASE WHEN f.replaces THEN f.title ELSE m.title END AS title,
           CASE WHEN f.replaces THEN coalesce(f.original_title, m.original_title)
                ELSE coalesce(m.original_title, f.original_title) END AS original_title,
           CASE WHEN f.replaces THEN coalesce(f.overview, m.overview)
                ELSE coalesce(m.overview, f.overview) END AS overview,
           CASE WHEN f.replaces THEN coalesce(f.runtime, m.runtime)
                ELSE coalesce(m.runtime, f.runtime) END AS runtime,
           CASE WHEN d.taken THEN f.release_date ELSE m.release_date END AS release_date,
           CASE WHEN d.taken THEN f.release_year
                ELSE coalesce(m.release_year, f.release_year) END AS release_year,
           coalesce(m.imdb_id, f.imdb_id) AS imdb_id,
           coalesce(m.tmdb_id, f.tmdb_id) AS tmdb_id,
           coalesce(m.movielens_id, f.movielens_id) AS movielens_id
      FROM import_chunk_films f
      JOIN movies m ON m.id = f.movie_id
     CROSS JOIN LATERAL (
       SELECT f.release_date IS NOT NULL
              AND (f.replaces OR (m.release_date IS NULL
                                  AND coalesce(m.release_year, f.release_year) = f.release_year))
              AS taken) d
     WHERE NOT f.is_new),
  updated AS (
    UPDATE movies m
       SET title = n.title, original_title = n.original_title, overview = n.overview,
           runtime = n.runtime, release_date = n.release_date, release_year = n.release_year,
           imdb_id = n.imdb_id, tmdb_id = n.tmdb_id, movielens_id = n.movielens_id,
           updated_at = now()
      FROM merged n
     WHERE n.id = m.id
       AND (m.title, m.original_title, m.overview, m.runtime, m.release_date, m.release_year,
            m.imdb_id, m.tmdb_id, m.movielens_id)
           IS DISTINCT FROM
           (n.title, n.original_title, n.overview, n.runtime, n.release_date, n.release_year,
            n.imdb_id, n.tmdb_id, n.movielens_id)
    RETURNING m.id)
  UPDATE import_chunk_films f SET is_changed = true FROM updated u WHERE u.id = f.movie_id)sql"};
constexpr Statement kUpdateStats{"import_update_stats", R"sql(
  WITH updated AS (
    UPDATE movie_stats s
       SET external_rating = f.external_rating,
           rating = mean_rating(s.rating_count, s.rating_sum, f.external_rating),
           weighted = weighted_rating(s.rating_count, s.rating_sum, f.external_rating)
      FROM import_chunk_films f
     WHERE s.movie_id = f.movie_id AND NOT f.is_new AND f.external_rating IS NOT NULL
       AND (s.external_rating IS NULL
            OR (f.replaces AND s.external_rating <> f.external_rating))
    RETURNING s.movie_id)
  UPDATE import_chunk_films f SET is_changed = true
    FROM updated u WHERE u.movie_id = f.movie_id)sql"};

constexpr Statement kInsertGenres{"import_insert_genres", R"sql(
  INSERT INTO genres (name)
  SELECT DISTINCT ON (movie_fold(name)) name
    FROM (SELECT DISTINCT unnest(genres) AS name FROM import_chunk_films) names
   WHERE NOT EXISTS (SELECT FROM genres g WHERE g.name_fold = movie_fold(names.name))
   ORDER BY movie_fold(name), name
  ON CONFLICT (name_fold) DO NOTHING)sql"};
constexpr Statement kMarkGenres{"import_mark_genres", R"sql(
  WITH wanted AS (
    SELECT movie_id, array_agg(genre_id ORDER BY position) AS genre_ids
      FROM (SELECT f.movie_id, g.id AS genre_id, min(w.position) AS position
              FROM import_chunk_films f
             CROSS JOIN unnest(f.genres) WITH ORDINALITY AS w(name, position)
              JOIN genres g ON g.name_fold = movie_fold(w.name)
             GROUP BY 1, 2) each
     GROUP BY movie_id),
  present AS (
    SELECT g.movie_id, array_agg(g.genre_id ORDER BY g.position, g.genre_id) AS genre_ids
      FROM movie_genres g JOIN import_chunk_films f ON f.movie_id = g.movie_id
     GROUP BY g.movie_id)
  UPDATE import_chunk_films f SET sets_genres = true, is_changed = true
    FROM wanted w LEFT JOIN present p ON p.movie_id = w.movie_id
   WHERE f.movie_id = w.movie_id
     AND (p.movie_id IS NULL OR (f.replaces AND p.genre_ids <> w.genre_ids)))sql"};
constexpr Statement kClearGenres{"import_clear_genres", R"sql(
  DELETE FROM movie_genres g USING import_chunk_films f
   WHERE f.sets_genres AND NOT f.is_new AND g.movie_id = f.movie_id)sql"};
constexpr Statement kSetGenres{"import_set_genres", R"sql(
  INSERT INTO movie_genres (movie_id, genre_id, position)
  SELECT f.movie_id, g.id, min(w.position) - 1
    FROM import_chunk_films f
   CROSS JOIN unnest(f.genres) WITH ORDINALITY AS w(name, position)
    JOIN genres g ON g.name_fold = movie_fold(w.name)
   WHERE f.sets_genres
   GROUP BY f.movie_id, g.id)sql"};

constexpr Statement kPeopleOfFilms{"import_people_of_films", R"sql(
  UPDATE import_chunk_people p SET movie_id = f.movie_id, replaces = f.replaces
    FROM import_chunk_films f WHERE f.line = p.line)sql"};
constexpr Statement kMarkPeopleChanged{"import_mark_people_changed", R"sql(
  UPDATE import_chunk_films f SET is_changed = true
   WHERE f.line IN (SELECT line FROM import_chunk_people WHERE is_set))sql"};
constexpr Statement kCountFilms{"import_count_films", R"sql(
  SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_changed AND NOT is_new),
         count(*) FILTER (WHERE NOT is_new AND NOT is_changed)
    FROM import_chunk_films)sql"};

void stage_films(db::Tx& tx, const std::vector<FilmRow>& films) {
  tx.run("TRUNCATE import_chunk_films, import_chunk_people");
  copy_rows(tx, "import_chunk_films",
            {"line", "movielens_id", "tmdb_id", "title", "original_title", "overview", "runtime",
             "release_date", "release_year", "external_rating", "genres"},
            films, [](const FilmRow& film) {
              return std::make_tuple(film.line, film.movielens_id, film.tmdb_id, film.title,
                                     film.original_title, film.overview, film.runtime,
                                     film.release_date, film.release_year, film.external_rating,
                                     db::array(film.genres));
            });
  std::vector<StagedPerson> people;
  for (const auto& film : films) {
    add_people(people, film.line, "director", film.directors);
    add_people(people, film.line, "actor", film.actors);
  }
  stage_people(tx, people);
}

}  // namespace

StoreResult store_links(db::Tx& tx, const std::vector<LinkRow>& links) {
  StoreResult result;
  if (links.empty()) return result;
  tx.run("TRUNCATE import_chunk_links");
  copy_rows(tx, "import_chunk_links", {"line", "movielens_id", "imdb_id", "tmdb_id"}, links,
            [](const LinkRow& link) {
              return std::make_tuple(link.line, link.movielens_id, link.imdb_id, link.tmdb_id);
            });
  std::vector<std::int64_t> rejected;
  for (const auto& row : tx.exec(kBadLinks)) {
    result.rejected.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>()});
    rejected.push_back(result.rejected.back().line);
  }
  auto counts = tx.exec(kStoreLinks, db::array(rejected));
  result.counts.added = counts[0][0].as<std::int64_t>();
  result.counts.unchanged = counts[0][1].as<std::int64_t>();
  return result;
}

StoreResult store_films(db::Tx& tx, const std::vector<FilmRow>& films, Authority authority) {
  StoreResult result;
  if (films.empty()) return result;
  stage_films(tx, films);
  for (const auto& row : tx.exec(kDropRepeated)) {
    result.rejected.push_back({row[0].as<std::int64_t>(), "the same film as an earlier line"});
  }
  for (const Statement& step :
       {kJoinLinks, kMatchMovielens, kMatchTmdb, kMatchImdb, kMatchTitle, kNewIds, kDropTakenImdb,
        kDropTakenTmdb, kInsertFilms, kInsertStats}) {
    tx.exec(step);
  }
  tx.exec(kMarkReplacing, authority == Authority::kReplaces);
  for (const Statement& step : {kUpdateFilms, kUpdateStats, kInsertGenres, kMarkGenres,
                                kClearGenres, kSetGenres, kPeopleOfFilms}) {
    tx.exec(step);
  }
  set_people(tx);
  tx.exec(kMarkPeopleChanged);
  auto counts = tx.exec(kCountFilms);
  result.counts.added = counts[0][0].as<std::int64_t>();
  result.counts.changed = counts[0][1].as<std::int64_t>();
  result.counts.unchanged = counts[0][2].as<std::int64_t>();
  return result;
}

}  // namespace marquee::movie::importer
