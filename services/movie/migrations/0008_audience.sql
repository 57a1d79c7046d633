-- Who cares about a film, a page at a time in the order of users.

SET LOCAL statement_timeout = 0;  -- a large catalogue takes a while

CREATE INDEX reviews_by_movie_and_user ON reviews (movie_id, user_id);
CREATE INDEX watchlist_entries_by_movie_and_user ON watchlist_entries (movie_id, user_id);
DROP INDEX watchlist_entries_by_movie;
