-- Imports of data sets: how far each one got, so that an interrupted one goes on where it stopped, and
-- the tables through which its lines pass on their way into the catalogue.

CREATE TABLE imports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,  -- 'movielens', 'tmdb', 'sample'
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,  -- null: to be continued
  rejects_path text NOT NULL,
  rejects_bytes bigint NOT NULL DEFAULT 0  -- of the reject file, that belong to committed chunks
);
CREATE UNIQUE INDEX imports_one_unfinished ON imports (kind) WHERE finished_at IS NULL;

-- Written in the transaction of each chunk.
CREATE TABLE import_stages (
  import_id bigint NOT NULL REFERENCES imports ON DELETE CASCADE,
  stage text NOT NULL,
  file_identity text NOT NULL,
  offset_bytes bigint NOT NULL DEFAULT 0,  -- everything before it is committed
  line bigint NOT NULL DEFAULT 1,
  done boolean NOT NULL DEFAULT false,
  added bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  unchanged bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (import_id, stage)
);

-- MovieLens keeps the other ids of its films in a file of their own; empty between imports.
CREATE TABLE import_links (
  movielens_id bigint PRIMARY KEY,
  imdb_id text UNIQUE,
  tmdb_id bigint UNIQUE
);

-- Accounts that stand for a data set's users; empty between imports, because auth knows them better.
CREATE TABLE import_users (
  kind text NOT NULL,
  source_user text NOT NULL,
  user_id bigint NOT NULL,
  PRIMARY KEY (kind, source_user)
);

-- One chunk at a time, under the import's advisory lock. Unlogged: what a crash empties is read again.
CREATE UNLOGGED TABLE import_chunk_links (
  line bigint NOT NULL,
  movielens_id bigint NOT NULL,
  imdb_id text,
  tmdb_id bigint
);
CREATE UNLOGGED TABLE import_chunk_films (
  line bigint NOT NULL,
  movielens_id bigint,
  imdb_id text,
  tmdb_id bigint,
  title text NOT NULL,
  original_title text,
  overview text,
  runtime integer,
  release_date date,
  release_year smallint,
  external_rating double precision,
  genres text[] NOT NULL,
  movie_id bigint,  -- of the film it turned out to be
  is_new boolean NOT NULL DEFAULT false,
  replaces boolean NOT NULL DEFAULT false,  -- may overwrite what is there
  sets_genres boolean NOT NULL DEFAULT false,
  is_changed boolean NOT NULL DEFAULT false
);
CREATE UNLOGGED TABLE import_chunk_people (
  line bigint NOT NULL,
  role text NOT NULL,
  billing_order smallint NOT NULL,
  name text NOT NULL,
  tmdb_id bigint,
  character text,
  movie_id bigint,
  person_id bigint,
  replaces boolean NOT NULL DEFAULT false,
  is_set boolean NOT NULL DEFAULT false  -- its list differs from what is there
);
CREATE UNLOGGED TABLE import_chunk_opinions (
  line bigint NOT NULL,
  source_user text NOT NULL,
  movielens_id bigint,
  title text,
  release_year smallint,
  half_stars smallint,
  body text,
  at bigint,  -- seconds since 1970
  movie_id bigint,
  user_id bigint
);
