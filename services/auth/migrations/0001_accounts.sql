-- Accounts, their sessions and the keys of their tokens. Times are written by the service, from its
-- clock, as microseconds since 1970.

CREATE FUNCTION from_micros(bigint) RETURNS timestamptz STABLE STRICT LANGUAGE sql
  AS $$ SELECT 'epoch'::timestamptz + $1 * interval '1 microsecond' $$;

CREATE FUNCTION to_micros(timestamptz) RETURNS bigint STABLE STRICT LANGUAGE sql
  AS $$ SELECT (extract(epoch FROM $1) * 1000000)::bigint $$;

CREATE TABLE users (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid           text        NOT NULL DEFAULT gen_random_uuid()  -- or an identity provider's subject
                            CHECK (length(uid) BETWEEN 1 AND 255),
  username      text        NOT NULL CHECK (length(username) BETWEEN 1 AND 150),
  email         text        CHECK (length(email) <= 254),
  password_hash text,                            -- null: cannot sign in by password
  role          text        NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
  birth_date    date,
  bio           text        CHECK (length(bio) <= 2000),
  is_private    boolean     NOT NULL DEFAULT false,
  external_id   text,                            -- names an imported account for its source
  failed_logins integer     NOT NULL DEFAULT 0,  -- in a row
  locked_until  timestamptz,
  created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_uid_key ON users (uid);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX users_external_id_key ON users (external_id);
CREATE INDEX users_username_trgm ON users USING gin (username gin_trgm_ops);

-- Outlives its user (user_id turns null) until its last token has expired, so that gateways that were
-- away hear of the revocation.
CREATE TABLE sessions (
  id           uuid        PRIMARY KEY,
  user_id      bigint      REFERENCES users ON DELETE SET NULL,
  surface      text        NOT NULL CHECK (surface IN ('bearer', 'cookie')),
  created_at   timestamptz NOT NULL,
  access_until timestamptz NOT NULL,             -- no access token of it lives longer
  expires_at   timestamptz NOT NULL,             -- no token at all
  revoked_at   timestamptz
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
CREATE INDEX sessions_revoked_at_idx ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
  token_hash bytea       PRIMARY KEY,
  session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  successor  bytea,                              -- sealed; only this token opens it
  CHECK ((used_at IS NULL) = (successor IS NULL))
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
  kid            text        PRIMARY KEY,
  sealed_private bytea       NOT NULL,           -- opened by the service's KEY_SECRET
  jwk            text        NOT NULL,
  created_at     timestamptz NOT NULL,
  retired_at     timestamptz
);

-- What other services follow to remove what they hold of a deleted user.
CREATE TABLE deleted_users (
  sequence   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint      NOT NULL,
  deleted_at timestamptz NOT NULL
);
