// The SQL with which callers' ratings are written, wherever that happens: one statement saves and
// counts one or many. Only for stores.
#pragma once

// Parts of a WITH clause. What a statement has to tell others besides (an outbox) is one more part
// that reads them.
//
// `asked`: user $1, film $2 and half stars $3 of each (and what else `arrays` has, its names in
// `columns`), the n-th with number n; those of films that are not there are not in it. In the order
// in which all writers take their locks, and waits for each at most $4 milliseconds (0: as long as
// the statement may run). No user may be asked for twice with one film.
#define RATINGS_ASKED(arrays, columns)                                             \
  "asked AS MATERIALIZED ("                                                        \
  " SELECT a.* FROM (SELECT set_config('lock_timeout', $4::text, true)) patience," \
  " unnest($1::bigint[], $2::bigint[], $3::smallint[]" arrays                      \
  ") WITH ORDINALITY"                                                              \
  " AS a (user_id, movie_id, half_stars" columns                                   \
  ", n)"                                                                           \
  " WHERE EXISTS (SELECT FROM movies m WHERE m.id = a.movie_id)"                   \
  " ORDER BY a.movie_id, a.user_id)"

#define COUNT_BAR(bar, is) \
  "count(*) FILTER (WHERE half_stars " is ") - count(*) FILTER (WHERE replaced " is ") AS " bar

// `rating`: the rows that the users, films and half stars of `source` have after rating; `replaced`
// is null in a new one (migrations/0004). `counted`: their films, of which one that is missing has
// gone meanwhile, so that the statement must fail by film_is_gone().
#define SAVE_AND_COUNT_RATINGS(source) \
  "rating AS ("                                                                                  \
  " INSERT INTO ratings AS r (user_id, movie_id, half_stars)"                                    \
  " SELECT user_id, movie_id, half_stars FROM " source                                           \
  " ON CONFLICT (movie_id, user_id) DO UPDATE"                                                   \
  " SET replaced = r.half_stars, half_stars = excluded.half_stars, rated_at = excluded.rated_at" \
  " RETURNING id, user_id, movie_id, half_stars, rated_at, replaced),"                           \
  "delta AS ("                                                                                   \
  " SELECT movie_id, count(*) - count(replaced) AS n,"                                           \
  " sum(half_stars) - coalesce(sum(replaced), 0) AS half_stars,"                                 \
  COUNT_BAR("b1", "<= 1") "," COUNT_BAR("b2", "= 2") "," COUNT_BAR("b3", "= 3") ","              \
  COUNT_BAR("b4", "= 4") "," COUNT_BAR("b5", "= 5") "," COUNT_BAR("b6", "= 6") ","               \
  COUNT_BAR("b7", "= 7") "," COUNT_BAR("b8", "= 8") "," COUNT_BAR("b9", "= 9") ","               \
  COUNT_BAR("b10", "= 10")                                                                       \
  " FROM rating GROUP BY movie_id ORDER BY movie_id),"                                           \
  "counted AS ("                                                                                 \
  " UPDATE movie_stats s"                                                                        \
  " SET rating_count = s.rating_count + d.n, rating_sum = s.rating_sum + d.half_stars,"          \
  " histogram = ARRAY[s.histogram[1] + d.b1, s.histogram[2] + d.b2, s.histogram[3] + d.b3,"      \
  " s.histogram[4] + d.b4, s.histogram[5] + d.b5, s.histogram[6] + d.b6,"                        \
  " s.histogram[7] + d.b7, s.histogram[8] + d.b8, s.histogram[9] + d.b9,"                        \
  " s.histogram[10] + d.b10],"                                                                   \
  " rating = mean_rating(s.rating_count + d.n, s.rating_sum + d.half_stars, s.external_rating)," \
  " weighted = weighted_rating(s.rating_count + d.n, s.rating_sum + d.half_stars,"               \
  " s.external_rating)"                                                                          \
  " FROM delta d WHERE s.movie_id = d.movie_id RETURNING s.movie_id)"
