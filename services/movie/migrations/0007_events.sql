-- Deleted users are heard of as durable events now (consumed_events). The auth service tells again
-- of all that were on its list.
DROP TABLE user_deletions;
