// The SQL with which a single rating is written, wherever that happens: one statement saves and
// counts it. Only for stores.
#pragma once

// Two parts of a WITH clause: `rating`, the row that user $1 has for film $2 after rating it with
// $3 half stars (and FROM `source`, if any), and `counted`, empty when there is no such film, in
// which case the statement must fail by film_is_gone(). `replaced` is null in a new rating
// (migrations/0004).
#define SAVE_AND_COUNT_RATING(source)                                                            \
  "rating AS ("                                                                                  \
  " INSERT INTO ratings AS r (user_id, movie_id, half_stars)"                                    \
  " SELECT $1::bigint, $2::bigint, $3::smallint" source                                          \
  " ON CONFLICT (movie_id, user_id) DO UPDATE"                                                   \
  " SET replaced = r.half_stars, half_stars = excluded.half_stars, rated_at = excluded.rated_at" \
  " RETURNING id, movie_id, half_stars, rated_at, replaced),"                                    \
  "counted AS ("                                                                                 \
  " UPDATE movie_stats s"                                                                        \
  " SET rating_count = s.rating_count + (replaced IS NULL)::integer,"                            \
  " rating_sum = s.rating_sum + half_stars - coalesce(replaced, 0),"                             \
  " histogram[greatest(replaced, 1)] ="                                                          \
  " s.histogram[greatest(replaced, 1)] - (replaced IS NOT NULL)::integer,"                       \
  " histogram[greatest(half_stars, 1)] = s.histogram[greatest(half_stars, 1)]"                   \
  " + (replaced IS NULL OR greatest(half_stars, 1) <> greatest(replaced, 1))::integer,"          \
  " rating = mean_rating(s.rating_count + (replaced IS NULL)::integer,"                          \
  " s.rating_sum + half_stars - coalesce(replaced, 0), s.external_rating),"                      \
  " weighted = weighted_rating(s.rating_count + (replaced IS NULL)::integer,"                    \
  " s.rating_sum + half_stars - coalesce(replaced, 0), s.external_rating)"                       \
  " FROM rating r WHERE s.movie_id = r.movie_id RETURNING s.movie_id)"
