-- Durable events (libs/events): every service that tells or hears some has these in its own schema.

-- What was done here and not yet told. Written with the change itself; a row goes when JetStream has it.
CREATE TABLE outbox (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- the order of telling
  event_id    uuid        NOT NULL DEFAULT gen_random_uuid(),
  type        text        NOT NULL CHECK (type ~ '^[a-z_]+([.][a-z_]+)+$'),
  subject     bigint      NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT now(),
  traceparent text        NOT NULL DEFAULT '',
  payload     bytea       NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What was heard and handled, until the stream itself has forgotten it.
CREATE TABLE consumed_events (
  consumer    text        NOT NULL,
  event_id    uuid        NOT NULL,
  consumed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX consumed_events_consumed_at_idx ON consumed_events (consumed_at);

-- What could not be handled, for people to look at.
CREATE TABLE dead_letters (
  consumer     text        NOT NULL,
  event_id     uuid        NOT NULL,
  type         text        NOT NULL,
  subject      bigint      NOT NULL,
  envelope     bytea       NOT NULL,
  deliveries   bigint      NOT NULL,
  error        text        NOT NULL,
  occurred_at  timestamptz NOT NULL,
  died_at      timestamptz NOT NULL DEFAULT now(),
  retry_wanted boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (consumer, event_id)
);
