-- Lists of the films of directors by each word of their names, so that a search for a name that many
-- have reads no more than a page of their films.

SET LOCAL statement_timeout = 0;  -- a large catalogue takes a while

-- The words of all directors' names, ever; `size` is as in search_words.
CREATE TABLE search_names (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  word text COLLATE "C" NOT NULL CONSTRAINT search_names_unique UNIQUE,
  size smallint NOT NULL DEFAULT 0
);

CREATE FUNCTION search_add_names(films bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO search_names (word)
  SELECT DISTINCT left(w.word, 64) COLLATE "C" AS word
    FROM movie_people mp JOIN people p ON p.id = mp.person_id, unnest(search_split(p.name_fold)) AS w(word)
   WHERE mp.movie_id = ANY(films) AND mp.role = 'director'
     AND NOT EXISTS (SELECT FROM search_names k WHERE k.word = left(w.word, 64) COLLATE "C")
   ORDER BY 1
  ON CONFLICT (word) DO NOTHING
$$;

-- Kind 3: (4, word).
CREATE FUNCTION search_lists_of_directors(films bigint[]) RETURNS TABLE (movie_id bigint, lists bigint[])
LANGUAGE sql STABLE AS $$
  SELECT mp.movie_id, array_agg(DISTINCT search_list(3, 4, n.id))
    FROM movie_people mp JOIN people p ON p.id = mp.person_id
   CROSS JOIN unnest(search_split(p.name_fold)) AS w(word)
    JOIN search_names n ON n.word = left(w.word, 64) COLLATE "C"
   WHERE mp.movie_id = ANY(films) AND mp.role = 'director' GROUP BY mp.movie_id
$$;

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
     WHERE movie_id = ANY(films) AND rating IS NOT NULL
    UNION ALL
    SELECT movie_id, unnest(d.lists) FROM search_lists_of_directors(films) d)
  SELECT m.id, m.release_year, ' ' || array_to_string(search_split(m.title_fold), ' ') || ' ',
         coalesce(l.lists, '{}')
    FROM movies m
    LEFT JOIN (SELECT id, array_agg(list) AS lists FROM places GROUP BY id) l ON l.id = m.id
   WHERE m.id = ANY(films)
$$;

-- As search_count.
CREATE FUNCTION search_count_names(listed bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE search_names w SET size = n.size
    FROM (SELECT k.id, k.log + (random() < k.n / 2 ^ k.log - 1)::integer AS size
            FROM (SELECT k.id, 2 ^ k.size + l.films AS n, floor(log(2 ^ k.size + l.films) / log(2)) AS log
                    FROM (SELECT list & 2147483647 AS id, count(*) AS films
                            FROM unnest(listed) AS list GROUP BY 1) l
                    JOIN search_names k ON k.id = l.id) k) n
   WHERE w.id = n.id AND w.size <> n.size
$$;

-- Has the lists of films agree with who directed them. A film that is not in search_films yet comes
-- there with its lists.
CREATE FUNCTION search_refresh_directors(films bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  listed bigint[];
BEGIN
  IF films = '{}' THEN RETURN; END IF;
  PERFORM search_add_names(films);
  PERFORM FROM search_films WHERE movie_id = ANY(films) ORDER BY movie_id FOR UPDATE;
  WITH listing AS (
    SELECT f.movie_id, f.lists AS had,
           ARRAY(SELECT list FROM unnest(f.lists) AS list
                  WHERE list NOT BETWEEN search_list(3, 4, 0) AND search_list(3, 4, 2147483647))
           || coalesce(d.lists, '{}') AS has
      FROM search_films f LEFT JOIN search_lists_of_directors(films) d ON d.movie_id = f.movie_id
     WHERE f.movie_id = ANY(films)),
  film AS (
    UPDATE search_films f SET lists = l.has FROM listing l
     WHERE f.movie_id = l.movie_id AND NOT (l.had @> l.has AND l.has @> l.had)
    RETURNING f.movie_id, f.ranked, f.release_year, l.had, l.has),
  gone AS (
    DELETE FROM search_entries e USING film f, unnest(f.had) AS list
     WHERE list.list <> ALL (f.has) AND e.list = list.list AND e.ranked = f.ranked
       AND e.movie_id = f.movie_id),
  come AS (
    INSERT INTO search_entries (list, ranked, movie_id, release_year)
    SELECT list, ranked, movie_id, release_year FROM film f, unnest(f.has) AS list
     WHERE list <> ALL (f.had) ORDER BY 1, 2, 3
    RETURNING list)
  SELECT array_agg(list) INTO listed FROM come;
  PERFORM search_count_names(listed);
END $$;

CREATE FUNCTION search_directors_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh_directors(ARRAY(SELECT DISTINCT movie_id FROM added WHERE role = 'director'));
  RETURN NULL;
END $$;
CREATE FUNCTION search_directors_unlinked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh_directors(ARRAY(SELECT DISTINCT movie_id FROM removed WHERE role = 'director'));
  RETURN NULL;
END $$;
CREATE TRIGGER search_directors_linked AFTER INSERT ON movie_people
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_directors_linked();
CREATE TRIGGER search_directors_relinked AFTER UPDATE ON movie_people
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_directors_linked();
CREATE TRIGGER search_directors_left AFTER UPDATE ON movie_people
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION search_directors_unlinked();
CREATE TRIGGER search_directors_unlinked AFTER DELETE ON movie_people
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION search_directors_unlinked();

CREATE FUNCTION search_director_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh_directors(ARRAY(SELECT movie_id FROM movie_people
                                          WHERE person_id = NEW.id AND role = 'director'));
  RETURN NULL;
END $$;
CREATE TRIGGER search_director_renamed AFTER UPDATE ON people FOR EACH ROW
  WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION search_director_renamed();

-- The films that are there already.
SELECT search_refresh_directors(ARRAY(SELECT DISTINCT movie_id FROM movie_people WHERE role = 'director'));
