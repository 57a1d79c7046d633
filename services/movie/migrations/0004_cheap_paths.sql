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
CREATE TRIGGER movie_stats_rated BEFORE INSERT OR UPDATE OF external_rating ON movie_stats
  FOR EACH ROW EXECUTE FUNCTION rate_externally();

-- Searches by rating no longer start from it.
DROP INDEX movie_stats_rating;

-- Writers of one rating count it row by row, which costs a third of what the transition tables of
-- count_ratings() do. Writers of many say so for their transaction (bulk_ratings.h) and have them
-- counted by statement. Either way is right for both.
CREATE FUNCTION rating_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bar integer := greatest(NEW.half_stars, 1);
BEGIN
  IF current_setting('movie.ratings_in_bulk', true) = 'on' THEN RETURN NULL; END IF;
  UPDATE movie_stats s
     SET rating_count = s.rating_count + 1, rating_sum = s.rating_sum + NEW.half_stars,
         histogram[bar] = s.histogram[bar] + 1,
         rating = mean_rating(s.rating_count + 1, s.rating_sum + NEW.half_stars, s.external_rating),
         weighted = weighted_rating(s.rating_count + 1, s.rating_sum + NEW.half_stars,
                                    s.external_rating)
   WHERE s.movie_id = NEW.movie_id;
  RETURN NULL;
END $$;
CREATE FUNCTION rating_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bar integer := greatest(OLD.half_stars, 1);
BEGIN
  IF current_setting('movie.ratings_in_bulk', true) = 'on' THEN RETURN NULL; END IF;
  UPDATE movie_stats s
     SET rating_count = s.rating_count - 1, rating_sum = s.rating_sum - OLD.half_stars,
         histogram[bar] = s.histogram[bar] - 1,
         rating = mean_rating(s.rating_count - 1, s.rating_sum - OLD.half_stars, s.external_rating),
         weighted = weighted_rating(s.rating_count - 1, s.rating_sum - OLD.half_stars,
                                    s.external_rating)
   WHERE s.movie_id = OLD.movie_id;
  RETURN NULL;
END $$;
-- Of the same user and film: only the stars change.
CREATE FUNCTION rating_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  went integer := greatest(OLD.half_stars, 1);
  came integer := greatest(NEW.half_stars, 1);
  more integer := NEW.half_stars - OLD.half_stars;
BEGIN
  IF more = 0 OR current_setting('movie.ratings_in_bulk', true) = 'on' THEN RETURN NULL; END IF;
  IF NEW.movie_id <> OLD.movie_id THEN
    RAISE 'a rating never moves to another film' USING ERRCODE = 'feature_not_supported';
  END IF;
  -- From 0 to half a star or back the bar is the same: what the second assignment says holds.
  UPDATE movie_stats s
     SET rating_sum = s.rating_sum + more,
         histogram[went] = s.histogram[went] - 1,
         histogram[came] = s.histogram[came] + CASE WHEN came = went THEN 0 ELSE 1 END,
         rating = mean_rating(s.rating_count, s.rating_sum + more, s.external_rating),
         weighted = weighted_rating(s.rating_count, s.rating_sum + more, s.external_rating)
   WHERE s.movie_id = NEW.movie_id;
  RETURN NULL;
END $$;
CREATE TRIGGER rating_added AFTER INSERT ON ratings FOR EACH ROW EXECUTE FUNCTION rating_added();
CREATE TRIGGER rating_changed AFTER UPDATE ON ratings FOR EACH ROW EXECUTE FUNCTION rating_changed();
CREATE TRIGGER rating_removed AFTER DELETE ON ratings FOR EACH ROW EXECUTE FUNCTION rating_removed();

CREATE OR REPLACE FUNCTION count_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  deltas rating_delta[];
BEGIN
  IF current_setting('movie.ratings_in_bulk', true) IS DISTINCT FROM 'on' THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(d::rating_delta) INTO deltas FROM (
      SELECT movie_id, half_stars, count(*) FROM added GROUP BY 1, 2) d;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(d::rating_delta) INTO deltas FROM (
      SELECT movie_id, half_stars, -count(*) FROM removed GROUP BY 1, 2) d;
  ELSE
    SELECT array_agg(d::rating_delta) INTO deltas FROM (
      SELECT movie_id, half_stars, sum(n)::bigint
        FROM (SELECT movie_id, half_stars, 1 AS n FROM added
              UNION ALL SELECT movie_id, half_stars, -1 FROM removed) both_sides
       GROUP BY 1, 2 HAVING sum(n) <> 0) d;
  END IF;
  IF deltas IS NULL THEN RETURN NULL; END IF;
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
  RETURN NULL;
END $$;
