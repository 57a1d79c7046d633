-- Ids of events rise with time (UUID version 7, RFC 9562): what is consumed is added at the end of its index,
-- and what is old is found at the beginning.
CREATE FUNCTION new_event_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT (lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
          || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid $$;
ALTER TABLE outbox ALTER COLUMN event_id SET DEFAULT new_event_id();

-- The first id of a moment.
CREATE FUNCTION event_ids_since(moment timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT rpad(lpad(to_hex((date_part('epoch', moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid $$;

-- Events of before had random ids: nearly all of those that were just consumed stay known for ever.
ALTER TABLE consumed_events
  DROP CONSTRAINT consumed_events_pkey,
  DROP COLUMN consumed_at,
  ADD CONSTRAINT consumed_events_pkey PRIMARY KEY (event_id, consumer);
