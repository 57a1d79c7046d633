-- Lists of three words that follow each other, so that a search for as many reads the films that it
-- shows and not all that have two of them.

SET LOCAL statement_timeout = 0;  -- a large catalogue takes a while

-- Kind 3, then a bit that no other list of it has, then where in the title they are, as the kinds of
-- lists of words say. Numbers of words above 2^19 share lists with others: titles are compared.
CREATE FUNCTION search_list_of_three(kind integer, a bigint, b bigint, c bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (7::bigint << 61) | (kind::bigint << 59)
       | (((a << 40) # (b << 20) # c) & ((1::bigint << 59) - 1));

CREATE OR REPLACE FUNCTION search_lists_of(films bigint[])
RETURNS TABLE (movie_id bigint, release_year smallint, words text, lists bigint[]) LANGUAGE sql STABLE AS $$
  WITH words AS (
    SELECT m.id, p.place, w.id::bigint AS word, lead(w.id::bigint) OVER title AS next,
           lead(w.id::bigint, 2) OVER title AS third, count(*) OVER (PARTITION BY m.id) AS words
      FROM movies m
     CROSS JOIN unnest((search_split(m.title_fold))[1:24]) WITH ORDINALITY AS p(word, place)
      JOIN search_words w ON w.word = left(p.word, 64) COLLATE "C"
     WHERE m.id = ANY(films)
    WINDOW title AS (PARTITION BY m.id ORDER BY p.place)),
  places AS (
    SELECT id, search_list(max(CASE WHEN words = 1 THEN 2 WHEN place = 1 THEN 1 ELSE 0 END), word, 0)
             AS list
      FROM words GROUP BY id, word
    UNION ALL
    SELECT id, search_list(max(CASE WHEN place > 1 THEN 0 WHEN words = 2 THEN 2 ELSE 1 END), word, next)
      FROM words WHERE next IS NOT NULL GROUP BY id, word, next
    UNION  -- two places of three words may share a list
    SELECT id, search_list_of_three(max(CASE WHEN place > 1 THEN 0 WHEN words = 3 THEN 2 ELSE 1 END),
                                    word, next, third)
      FROM words WHERE third IS NOT NULL GROUP BY id, word, next, third
    UNION ALL
    SELECT id, search_list(3, 0, release_year) FROM movies
     WHERE id = ANY(films) AND release_year > 0
    UNION ALL
    SELECT id, search_list(3, 1, least(greatest(release_year / 10, 186), 206)) FROM movies
     WHERE id = ANY(films) AND release_year IS NOT NULL
    UNION ALL
    SELECT movie_id, search_list(3, 2, genre_id) FROM movie_genres WHERE movie_id = ANY(films)
    UNION ALL
    SELECT movie_id, search_list(3, 3, ceil(rating)::bigint) FROM movie_stats
     WHERE movie_id = ANY(films) AND rating IS NOT NULL)
  SELECT m.id, m.release_year, ' ' || array_to_string(search_split(m.title_fold), ' ') || ' ',
         coalesce(l.lists, '{}')
    FROM movies m
    LEFT JOIN (SELECT id, array_agg(list) AS lists FROM places GROUP BY id) l ON l.id = m.id
   WHERE m.id = ANY(films)
$$;

-- The films that are there already.
WITH film AS (
  UPDATE search_films f SET lists = f.lists || t.lists
    FROM (SELECT movie_id, array_agg(list) AS lists
            FROM (SELECT l.movie_id, unnest(l.lists) AS list
                    FROM search_lists_of(ARRAY(SELECT movie_id FROM search_films
                                                WHERE words LIKE '% % % %_ ')) l) l
           WHERE list BETWEEN search_list_of_three(0, 0, 0, 0) AND -1 GROUP BY movie_id) t
   WHERE f.movie_id = t.movie_id
  RETURNING f.movie_id, f.ranked, f.release_year, t.lists)
INSERT INTO search_entries (list, ranked, movie_id, release_year)
SELECT list, ranked, movie_id, release_year FROM film, unnest(lists) AS list ORDER BY 1, 2, 3;
