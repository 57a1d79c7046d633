-- A user's comments in their order, a page at a time.

SET LOCAL statement_timeout = 0;  -- many comments take a while

CREATE INDEX comments_by_user_and_id ON comments (user_id, id);
DROP INDEX comments_by_user;
