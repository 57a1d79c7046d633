-- Reading a film and rating one, made cheap.

SET LOCAL statement_timeout = 0;  -- the cards of a large catalogue take a while

-- What is shown of a film besides its rating, in one column: its texts and the names it is linked to,
-- each preceded by nothing but their lengths. It follows from movies, movie_genres and movie_people
-- by the triggers below, whoever writes them; film_card.cpp reads it.
CREATE TABLE movie_cards (
  movie_id bigint PRIMARY KEY REFERENCES movies ON DELETE CASCADE,
  fields text NOT NULL
);

-- '3,,0:abc': the lengths in bytes of 'abc', null and '', then the texts.
CREATE FUNCTION pack_fields(fields text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT string_agg(coalesce(octet_length(field)::text, ''), ',' ORDER BY place)
               || ':' || coalesce(string_agg(field, '' ORDER BY place), '')
          FROM unnest(fields) WITH ORDINALITY AS f(field, place));

-- What movie_cards must hold.
CREATE VIEW movie_cards_now AS
SELECT m.id AS movie_id, pack_fields(ARRAY[
         m.title, m.overview,
         (SELECT string_agg(g.name, ', ' ORDER BY mg.position, g.name)
            FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id WHERE mg.movie_id = m.id),
         m.poster_url, m.release_date::text,
         (SELECT string_agg(p.name, ', ' ORDER BY mp.billing_order)
            FROM movie_people mp JOIN people p ON p.id = mp.person_id
           WHERE mp.movie_id = m.id AND mp.role = 'director'),
         m.runtime::text, m.adult::integer::text, m.trailer_url, m.original_title, m.imdb_id,
         m.tmdb_id::text, m.movielens_id::text, m.created_by::text, m.release_year::text]) AS fields
  FROM movies m;

-- Two transactions may change parts of one film: the lock comes first, in a statement of its own, so
-- that the second writer sees what the first has committed.
CREATE FUNCTION refresh_cards(films bigint[]) RETURNS void
LANGUAGE plpgsql SET datestyle = 'ISO' AS $$
BEGIN
  PERFORM FROM movie_cards WHERE movie_id = ANY(films) ORDER BY movie_id FOR NO KEY UPDATE;
  INSERT INTO movie_cards AS c (movie_id, fields)
  SELECT movie_id, fields FROM movie_cards_now WHERE movie_id = ANY(films) ORDER BY movie_id
  ON CONFLICT (movie_id) DO UPDATE SET fields = excluded.fields WHERE c.fields <> excluded.fields;
END $$;

CREATE FUNCTION films_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_cards(ARRAY(SELECT id FROM added));
  RETURN NULL;
END $$;
CREATE TRIGGER films_added AFTER INSERT ON movies
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION films_changed();
CREATE TRIGGER films_changed AFTER UPDATE ON movies
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION films_changed();

-- A name that is being changed by another transaction is waited for.
CREATE FUNCTION genres_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM genres WHERE id IN (SELECT genre_id FROM added) ORDER BY id FOR SHARE;
  PERFORM refresh_cards(ARRAY(SELECT DISTINCT movie_id FROM added));
  RETURN NULL;
END $$;
CREATE FUNCTION people_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM people WHERE id IN (SELECT person_id FROM added WHERE role = 'director')
    ORDER BY id FOR SHARE;
  PERFORM refresh_cards(ARRAY(SELECT DISTINCT movie_id FROM added WHERE role = 'director'));
  RETURN NULL;
END $$;
CREATE FUNCTION genres_unlinked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_cards(ARRAY(SELECT DISTINCT movie_id FROM removed));
  RETURN NULL;
END $$;
CREATE FUNCTION people_unlinked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_cards(ARRAY(SELECT DISTINCT movie_id FROM removed WHERE role = 'director'));
  RETURN NULL;
END $$;
CREATE TRIGGER cards_genres_linked AFTER INSERT ON movie_genres
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION genres_linked();
CREATE TRIGGER cards_genres_relinked AFTER UPDATE ON movie_genres
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION genres_linked();
CREATE TRIGGER cards_genres_left AFTER UPDATE ON movie_genres
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION genres_unlinked();
CREATE TRIGGER cards_genres_unlinked AFTER DELETE ON movie_genres
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION genres_unlinked();
CREATE TRIGGER cards_people_linked AFTER INSERT ON movie_people
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION people_linked();
CREATE TRIGGER cards_people_relinked AFTER UPDATE ON movie_people
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION people_linked();
CREATE TRIGGER cards_people_left AFTER UPDATE ON movie_people
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION people_unlinked();
CREATE TRIGGER cards_people_unlinked AFTER DELETE ON movie_people
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION people_unlinked();

CREATE FUNCTION genre_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_cards(ARRAY(SELECT movie_id FROM movie_genres WHERE genre_id = NEW.id));
  RETURN NULL;
END $$;
CREATE FUNCTION person_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_cards(ARRAY(SELECT movie_id FROM movie_people
                               WHERE person_id = NEW.id AND role = 'director'));
  RETURN NULL;
END $$;
CREATE TRIGGER cards_genre_renamed AFTER UPDATE ON genres FOR EACH ROW
  WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION genre_renamed();
CREATE TRIGGER cards_person_renamed AFTER UPDATE ON people FOR EACH ROW
  WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION person_renamed();

SET LOCAL datestyle = 'ISO';
INSERT INTO movie_cards (movie_id, fields) SELECT movie_id, fields FROM movie_cards_now ORDER BY 1;

-- Generated columns have their expressions parsed and planned by every statement that writes them: a
-- tenth of a rating's cost. Now those who count ratings set them, and a trigger for what comes with a
-- film.
ALTER TABLE movie_stats ALTER COLUMN rating DROP EXPRESSION;
ALTER TABLE movie_stats ALTER COLUMN weighted DROP EXPRESSION;

CREATE FUNCTION mean_rating(count bigint, half_stars bigint, external double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN count > 0 THEN half_stars::double precision / count ELSE external END;
CREATE FUNCTION weighted_rating(count bigint, half_stars bigint, external double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (half_stars + 3 * coalesce(external, 0) + 5 * 6.5::double precision)
       / (count + CASE WHEN external IS NULL THEN 0 ELSE 3 END + 5);

CREATE FUNCTION rate_externally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.rating := mean_rating(NEW.rating_count, NEW.rating_sum, NEW.external_rating);
  NEW.weighted := weighted_rating(NEW.rating_count, NEW.rating_sum, NEW.external_rating);
  RETURN NEW;
END $$;
-- Who changes external_rating later sets them too: a trigger before updates, of whichever column, has
-- every counted rating lock its row once more.
CREATE TRIGGER movie_stats_rated BEFORE INSERT ON movie_stats
  FOR EACH ROW EXECUTE FUNCTION rate_externally();

-- Searches by rating no longer start from it.
DROP INDEX movie_stats_rating;
-- Who writes ratings counts them in the same statement or transaction: a single one with what the
-- statement that wrote it returns (save_rating in ratings_store.cpp), many with count_ratings() below.
-- Triggers, foreign keys and checks were half of what a review cost.
--
-- No opinion outlives its film. Who adds a rating changes the film's row of movie_stats in the same
-- statement, or fails with film_is_gone(); that row goes with the film, and waits for its raters. The
-- importer locks the films it has opinions about instead.
DROP TRIGGER ratings_inserted ON ratings;
DROP TRIGGER ratings_updated ON ratings;
DROP TRIGGER ratings_deleted ON ratings;
DROP FUNCTION count_ratings();
ALTER TABLE ratings DROP CONSTRAINT ratings_movie_exists;
ALTER TABLE reviews DROP CONSTRAINT reviews_movie_exists;

CREATE FUNCTION film_is_gone() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RAISE 'there is no such film: "ratings_movie_exists"'
    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ratings_movie_exists';
END $$;

-- Before the film goes, so that its raters and its deletion wait for the same rows in the same order,
-- and once more for those who committed while movie_stats was waited for.
CREATE FUNCTION forget_opinions(film bigint) RETURNS void LANGUAGE sql AS $$
  DELETE FROM ratings WHERE movie_id = film;
  DELETE FROM reviews WHERE movie_id = film;
$$;
CREATE FUNCTION film_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM forget_opinions(OLD.id);
  RETURN OLD;
END $$;
CREATE FUNCTION film_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM forget_opinions(OLD.movie_id);
  RETURN NULL;
END $$;
CREATE TRIGGER opinions_go BEFORE DELETE ON movies FOR EACH ROW EXECUTE FUNCTION film_goes();
CREATE TRIGGER opinions_went AFTER DELETE ON movie_stats FOR EACH ROW EXECUTE FUNCTION film_went();

-- Checks of a table are read again by every statement that writes it; a domain's are kept.
CREATE DOMAIN half_stars AS smallint CONSTRAINT ratings_range CHECK (VALUE BETWEEN 0 AND 10);
CREATE DOMAIN external_rating AS double precision
  CONSTRAINT movie_stats_external_rating_range CHECK (VALUE BETWEEN 0 AND 10);
ALTER TABLE movie_stats
  DROP CONSTRAINT movie_stats_external_rating_range,
  DROP CONSTRAINT movie_stats_ten_bars;  -- every writer's bar is one of half_stars
ALTER TABLE movie_stats ALTER COLUMN external_rating TYPE external_rating;

-- One index finds a rating by film and user, and the ratings of a film; ids are only shown.
DROP INDEX ratings_by_movie;
ALTER TABLE ratings
  DROP CONSTRAINT ratings_range,
  DROP CONSTRAINT ratings_pkey,
  DROP CONSTRAINT ratings_one_per_user,
  ADD COLUMN replaced smallint,  -- what half_stars was before it was changed last; null: never
  ALTER COLUMN half_stars TYPE half_stars,
  ADD CONSTRAINT ratings_one_per_user PRIMARY KEY (movie_id, user_id);

-- Has movie_stats agree with changes of ratings: n ratings of so many half stars more or fewer. By
-- differences, so that writers of one film wait for each other only at their end.
CREATE FUNCTION count_ratings(deltas rating_delta[]) RETURNS void LANGUAGE sql AS $$
  UPDATE movie_stats s
     SET rating_count = s.rating_count + d.n,
         rating_sum = s.rating_sum + d.half_stars,
         histogram = ARRAY[s.histogram[1] + d.b1, s.histogram[2] + d.b2, s.histogram[3] + d.b3,
                           s.histogram[4] + d.b4, s.histogram[5] + d.b5, s.histogram[6] + d.b6,
                           s.histogram[7] + d.b7, s.histogram[8] + d.b8, s.histogram[9] + d.b9,
                           s.histogram[10] + d.b10],
         rating = mean_rating(s.rating_count + d.n, s.rating_sum + d.half_stars, s.external_rating),
         weighted = weighted_rating(s.rating_count + d.n, s.rating_sum + d.half_stars,
                                    s.external_rating)
    FROM (SELECT movie_id, sum(n)::bigint AS n, sum(n * half_stars)::bigint AS half_stars,
                 coalesce(sum(n) FILTER (WHERE half_stars <= 1), 0)::bigint AS b1,
                 coalesce(sum(n) FILTER (WHERE half_stars = 2), 0)::bigint AS b2,
                 coalesce(sum(n) FILTER (WHERE half_stars = 3), 0)::bigint AS b3,
                 coalesce(sum(n) FILTER (WHERE half_stars = 4), 0)::bigint AS b4,
                 coalesce(sum(n) FILTER (WHERE half_stars = 5), 0)::bigint AS b5,
                 coalesce(sum(n) FILTER (WHERE half_stars = 6), 0)::bigint AS b6,
                 coalesce(sum(n) FILTER (WHERE half_stars = 7), 0)::bigint AS b7,
                 coalesce(sum(n) FILTER (WHERE half_stars = 8), 0)::bigint AS b8,
                 coalesce(sum(n) FILTER (WHERE half_stars = 9), 0)::bigint AS b9,
                 coalesce(sum(n) FILTER (WHERE half_stars = 10), 0)::bigint AS b10
            FROM unnest(deltas) GROUP BY movie_id) d
   WHERE s.movie_id = d.movie_id;
$$;
