-- What a test's service commits, and what came of its events. Nothing here keeps an effect from
-- happening twice.
CREATE TABLE facts (id bigint PRIMARY KEY);
CREATE TABLE effects (
  n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text   NOT NULL,
  subject  bigint NOT NULL
);
