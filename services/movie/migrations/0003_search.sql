-- Film search without reading many films: lists of films kept in the order in which they are shown.
-- A word of a title has its lists, so have two words that follow each other, a genre, a year and a
-- decade; a page of search is the beginning of a list, or of a few lists merged.
--
-- What is kept here follows from movies, movie_stats and movie_genres, by the triggers below. All
-- names are search_*; only search_store.cpp reads them.

-- Words are what lies between signs and spaces. Only ASCII has signs: what is beyond is a letter,
-- whatever the locale.
CREATE FUNCTION search_split(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_remove(string_to_array(
  translate(folded, E'\t\n\r !"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~', repeat(' ', 36)), ' '), '');

-- The words of all titles, ever.
CREATE TABLE search_words (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  word text COLLATE "C" NOT NULL CONSTRAINT search_words_unique UNIQUE,
  -- About the logarithm (base 2) of the number of films. It counts by chance: the n-th film of a word
  -- moves it with a probability of 1/n, so that adding films with common words does not make
  -- transactions wait for each other.
  size smallint NOT NULL DEFAULT 0
);
-- New words are few, and reading through some tens of waiting ones is cheap.
CREATE INDEX search_words_trigrams ON search_words USING gin (word gin_trgm_ops)
  WITH (gin_pending_list_limit = 64);
-- Of one or two letters, the words that are used most.
CREATE INDEX search_words_letter ON search_words ((left(word, 1)), size DESC, id);
CREATE INDEX search_words_letters ON search_words ((left(word, 2)), size DESC, id);

-- Each word of 4 letters or more with one letter left out: words that differ by one wrong, missing or
-- swapped letter meet here.
CREATE TABLE search_typos (
  typo text COLLATE "C" NOT NULL,
  word_id integer NOT NULL,
  PRIMARY KEY (typo, word_id)
);

CREATE FUNCTION search_words_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_typos (typo, word_id)
  SELECT DISTINCT overlay(word PLACING '' FROM place FOR 1), id
    FROM added, generate_series(1, length(word)) AS place
   WHERE length(word) BETWEEN 4 AND 24;
  RETURN NULL;
END $$;
CREATE TRIGGER search_words_added AFTER INSERT ON search_words
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_words_added();

-- A list's number: 2 bits of kind, then twice 31 bits. For words the kind says where in the title:
-- 0 not at its beginning, 1 at its beginning, 2 all of it; then the word, and the word that
-- follows it or 0. Kind 3: (0, year), (1, decade; all before 1870 are one, and all after 2059),
-- (2, genre), (3, rating rounded up).
CREATE FUNCTION search_list(kind integer, a bigint, b bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (kind::bigint << 62) | (a << 31) | b;

CREATE TABLE search_entries (
  list bigint NOT NULL,
  ranked real NOT NULL,  -- see search_films
  movie_id bigint NOT NULL,
  release_year smallint,
  PRIMARY KEY (list, ranked, movie_id) INCLUDE (release_year)
);

-- What of a film is in search_entries. `ranked` is its weighted rating as it was when the film was
-- last moved (search_move_films): lists would otherwise be written anew by every rating.
CREATE TABLE search_films (
  movie_id bigint PRIMARY KEY,
  ranked real NOT NULL,
  release_year smallint,
  words text NOT NULL,  -- of the title, with a space before, between and after
  lists bigint[] NOT NULL
) WITH (fillfactor = 90);

-- The first 24 words of a title count.
CREATE FUNCTION search_add_words(films bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO search_words (word)
  SELECT DISTINCT left(w.word, 64) COLLATE "C" AS word
    FROM movies m, unnest((search_split(m.title_fold))[1:24]) AS w(word)
   WHERE m.id = ANY(films)
     AND NOT EXISTS (SELECT FROM search_words k WHERE k.word = left(w.word, 64) COLLATE "C")
   ORDER BY 1
  ON CONFLICT (word) DO NOTHING
$$;

-- All lists of films.
CREATE FUNCTION search_lists_of(films bigint[])
RETURNS TABLE (movie_id bigint, release_year smallint, words text, lists bigint[]) LANGUAGE sql STABLE AS $$
  WITH words AS (
    SELECT m.id, p.place, w.id::bigint AS word, lead(w.id::bigint) OVER title AS next,
           count(*) OVER (PARTITION BY m.id) AS words
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

-- None for a film without rating.
CREATE FUNCTION search_rating_lists(rating double precision) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN rating IS NULL THEN '{}'::bigint[]
            ELSE ARRAY[search_list(3, 3, ceil(rating)::bigint)] END;

-- Takes note that films were added to lists of words.
CREATE FUNCTION search_count(listed bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE search_words w SET size = n.size
    FROM (SELECT k.id, k.log + (random() < k.n / 2 ^ k.log - 1)::integer AS size
            FROM (SELECT k.id, 2 ^ k.size + l.films AS n, floor(log(2 ^ k.size + l.films) / log(2)) AS log
                    FROM (SELECT (list >> 31) & 2147483647 AS id, count(*) AS films
                            FROM unnest(listed) AS list
                           WHERE (list & 2147483647) = 0 AND list >> 62 <> -1 GROUP BY 1) l
                    JOIN search_words k ON k.id = l.id) k) n
   WHERE w.id = n.id AND w.size <> n.size
$$;

-- New films, once they have a row in movie_stats.
CREATE FUNCTION search_add_films() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  films bigint[] := ARRAY(SELECT movie_id FROM added);
  listed bigint[];
BEGIN
  PERFORM search_add_words(films);
  WITH film AS (
    INSERT INTO search_films (movie_id, ranked, release_year, words, lists)
    SELECT a.movie_id, a.weighted, t.release_year, t.words, t.lists
      FROM added a JOIN search_lists_of(films) t ON t.movie_id = a.movie_id
    RETURNING *),
  entries AS (
    INSERT INTO search_entries (list, ranked, movie_id, release_year)
    SELECT list, ranked, movie_id, release_year FROM film, unnest(lists) AS list ORDER BY 1, 2, 3
    RETURNING list)
  SELECT array_agg(list) INTO listed FROM entries;
  PERFORM search_count(listed);
  RETURN NULL;
END $$;
CREATE TRIGGER search_films_added AFTER INSERT ON movie_stats
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_add_films();

-- A film's title or year changed.
CREATE FUNCTION search_change_film() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_film search_films;
  new_words text;
  new_lists bigint[];
BEGIN
  -- In the order in which ratings lock.
  PERFORM FROM movie_stats WHERE movie_id = NEW.id FOR NO KEY UPDATE;
  SELECT * INTO old_film FROM search_films WHERE movie_id = NEW.id FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM search_add_words(ARRAY[NEW.id]);
  SELECT t.words, t.lists INTO new_words, new_lists FROM search_lists_of(ARRAY[NEW.id]) t;
  DELETE FROM search_entries e USING unnest(old_film.lists) AS list
   WHERE e.list = list.list AND e.ranked = old_film.ranked AND e.movie_id = NEW.id;
  INSERT INTO search_entries (list, ranked, movie_id, release_year)
  SELECT list, old_film.ranked, NEW.id, NEW.release_year FROM unnest(new_lists) AS list;
  UPDATE search_films SET words = new_words, lists = new_lists, release_year = NEW.release_year
   WHERE movie_id = NEW.id;
  PERFORM search_count(ARRAY(SELECT unnest(new_lists) EXCEPT SELECT unnest(old_film.lists)));
  RETURN NULL;
END $$;
CREATE TRIGGER search_film_changed AFTER UPDATE ON movies FOR EACH ROW
  WHEN (OLD.title_fold IS DISTINCT FROM NEW.title_fold
        OR OLD.release_year IS DISTINCT FROM NEW.release_year)
  EXECUTE FUNCTION search_change_film();

CREATE FUNCTION search_remove_films() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH film AS (
    DELETE FROM search_films f USING removed r WHERE f.movie_id = r.id RETURNING f.*)
  DELETE FROM search_entries e USING film f, unnest(f.lists) AS list
   WHERE e.list = list.list AND e.ranked = f.ranked AND e.movie_id = f.movie_id;
  RETURN NULL;
END $$;
CREATE TRIGGER search_films_removed AFTER DELETE ON movies
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION search_remove_films();

CREATE FUNCTION search_add_genres() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH film AS (
    UPDATE search_films f SET lists = f.lists || g.lists
      FROM (SELECT movie_id, array_agg(search_list(3, 2, genre_id)) AS lists
              FROM added GROUP BY movie_id) g
     WHERE f.movie_id = g.movie_id
    RETURNING f.movie_id, f.ranked, f.release_year, g.lists)
  INSERT INTO search_entries (list, ranked, movie_id, release_year)
  SELECT list, ranked, movie_id, release_year FROM film, unnest(lists) AS list;
  RETURN NULL;
END $$;
CREATE TRIGGER search_genres_added AFTER INSERT ON movie_genres
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_add_genres();

CREATE FUNCTION search_remove_genres() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH film AS (
    UPDATE search_films f
       SET lists = ARRAY(SELECT list FROM unnest(f.lists) AS list WHERE list <> ALL (g.lists))
      FROM (SELECT movie_id, array_agg(search_list(3, 2, genre_id)) AS lists
              FROM removed GROUP BY movie_id) g
     WHERE f.movie_id = g.movie_id
    RETURNING f.movie_id, f.ranked, g.lists)
  DELETE FROM search_entries e USING film f, unnest(f.lists) AS list
   WHERE e.list = list.list AND e.ranked = f.ranked AND e.movie_id = f.movie_id;
  RETURN NULL;
END $$;
CREATE TRIGGER search_genres_removed AFTER DELETE ON movie_genres
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION search_remove_genres();

-- Ratings move films, and do not wait for that: from time to time the service has films looked at, in
-- the order of their ids, and those moved that are an eighth of a point or more from their place, or in
-- the list of another rating. Looks at `films` films after the id `first` and moves at most `most`;
-- returns the id to go on after, 0 at the end. While another connection does it, nothing happens.
CREATE FUNCTION search_move_films(first bigint, films integer, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  film record;
  moved integer := 0;
  last bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('marquee.search_move_films')) THEN RETURN first; END IF;
  SELECT max(movie_id) INTO last FROM (
    SELECT movie_id FROM search_films WHERE movie_id > first ORDER BY movie_id LIMIT films) f;
  IF last IS NULL THEN RETURN 0; END IF;
  FOR film IN
    SELECT f.*, s.weighted::real AS place,
           ARRAY(SELECT list FROM unnest(f.lists) AS list
                  WHERE list NOT BETWEEN search_list(3, 3, 0) AND search_list(3, 3, 10))
           || search_rating_lists(s.rating) AS place_lists
      FROM search_films f JOIN movie_stats s ON s.movie_id = f.movie_id
     WHERE f.movie_id > first AND f.movie_id <= last
       AND (abs(s.weighted - f.ranked) >= 0.125 OR NOT f.lists @> search_rating_lists(s.rating))
     ORDER BY f.movie_id LIMIT most
       FOR UPDATE OF f SKIP LOCKED
  LOOP
    DELETE FROM search_entries
     WHERE list = ANY(film.lists) AND ranked = film.ranked AND movie_id = film.movie_id;
    INSERT INTO search_entries (list, ranked, movie_id, release_year)
    SELECT list, film.place, film.movie_id, film.release_year FROM unnest(film.place_lists) AS list;
    UPDATE search_films SET ranked = film.place, lists = film.place_lists
     WHERE movie_id = film.movie_id;
    moved := moved + 1;
    IF moved = most THEN RETURN film.movie_id; END IF;
  END LOOP;
  RETURN last;
END $$;

-- The films that are there already.
DO $$
BEGIN
  PERFORM search_add_words(ARRAY(SELECT id FROM movies));
  INSERT INTO search_films (movie_id, ranked, release_year, words, lists)
  SELECT s.movie_id, s.weighted, t.release_year, t.words, t.lists
    FROM movie_stats s
    JOIN search_lists_of(ARRAY(SELECT id FROM movies)) t ON t.movie_id = s.movie_id;
  INSERT INTO search_entries (list, ranked, movie_id, release_year)
  SELECT list, ranked, movie_id, release_year FROM search_films, unnest(lists) AS list ORDER BY 1, 2, 3;
  PERFORM search_count(ARRAY(SELECT list FROM search_entries));
END $$;

DROP FUNCTION similar_titles(text);
DROP INDEX movies_title_trigrams;
