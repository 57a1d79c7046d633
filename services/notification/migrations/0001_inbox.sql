-- What users are told, what they want to be told, and the work of telling them.

CREATE FUNCTION to_micros(timestamptz) RETURNS bigint STABLE STRICT LANGUAGE sql
  AS $$ SELECT (extract(epoch FROM $1) * 1000000)::bigint $$;

-- One row a user and thing told; more of the same are added to a row that is unread and young. Names of
-- users are not in here: they are asked for when they are shown.
CREATE TABLE notifications (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id      bigint      NOT NULL,              -- whose it is
  kind         text        NOT NULL CHECK (kind ~ '^[a-z_]+$'),
  actors       bigint[]    NOT NULL,              -- the last few who did it, the last one at the end
  actor_count  integer     NOT NULL CHECK (actor_count >= 1),
  object_type  text        NOT NULL,
  object_id    text        NOT NULL,
  object_title text        NOT NULL,
  source_id    bigint,                            -- the last review
  group_key    text,                              -- what may be added to it; null: nothing any more
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  read_at      timestamptz
);
CREATE INDEX notifications_listed ON notifications (user_id, updated_at DESC, id DESC);
-- Counting and listing what is unread costs what is unread, however much was read before.
CREATE INDEX notifications_unread ON notifications (user_id, updated_at DESC, id DESC)
  WHERE read_at IS NULL;
CREATE UNIQUE INDEX notifications_one_open_group ON notifications (user_id, group_key)
  WHERE read_at IS NULL AND group_key IS NOT NULL;
CREATE INDEX notifications_by_actor ON notifications USING gin (actors);
CREATE INDEX notifications_by_age ON notifications (updated_at);

-- What differs from the defaults, which are in settings.cpp.
CREATE TABLE preferences (
  user_id bigint PRIMARY KEY,
  email   boolean,
  push    boolean,
  digest  boolean
);
CREATE TABLE channel_choices (
  user_id bigint NOT NULL,
  kind    text   NOT NULL,
  inbox   boolean,
  push    boolean,
  email   boolean,
  PRIMARY KEY (user_id, kind)
);

-- Work that is too much for one transaction. Each step moves `position` in the transaction that holds its
-- effect, so that a step happens once whoever does it, and a job goes on where a dead process left it.
CREATE TABLE jobs (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task        text        NOT NULL CHECK (task IN ('tell', 'forget')),
  kind        text        NOT NULL DEFAULT '',    -- tell: of the notifications
  movie_id    bigint,                             -- tell: whose audience
  actor_id    bigint      NOT NULL,               -- tell: who did it; forget: who is gone
  source_id   bigint,                             -- tell: the review
  position    bigint      NOT NULL DEFAULT 0,     -- tell: users up to this one are told
  failures    integer     NOT NULL DEFAULT 0,     -- in a row
  not_before  timestamptz NOT NULL DEFAULT now()  -- somebody is at it, or it failed
);
CREATE INDEX jobs_due ON jobs (not_before, id);
CREATE INDEX jobs_by_actor ON jobs (actor_id);
CREATE INDEX jobs_by_source ON jobs (source_id);

-- Users who are no more: what other services still say of them makes nothing. Kept until all have heard.
CREATE TABLE gone_users (
  user_id bigint      PRIMARY KEY,
  gone_at timestamptz NOT NULL DEFAULT now()
);
