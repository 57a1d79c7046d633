-- How many notifications of a user are unread: read with each that is told, however many there are. Kept by
-- triggers, so that no statement can forget it.
CREATE TABLE unread_counts (
  user_id bigint PRIMARY KEY,
  unread  bigint NOT NULL
) WITH (fillfactor = 50);

INSERT INTO unread_counts
SELECT user_id, count(*) FROM notifications WHERE read_at IS NULL GROUP BY user_id;

CREATE FUNCTION count_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO unread_counts AS c
  SELECT user_id, count(*) FROM made WHERE read_at IS NULL GROUP BY user_id ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE SET unread = c.unread + excluded.unread;
  RETURN NULL;
END $$;
CREATE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE unread_counts c SET unread = c.unread + d.n
    FROM (SELECT user_id, sum(n) AS n
            FROM (SELECT user_id, 1 AS n FROM new_rows WHERE read_at IS NULL
                  UNION ALL SELECT user_id, -1 FROM old_rows WHERE read_at IS NULL) rows
           GROUP BY user_id HAVING sum(n) <> 0) d
   WHERE c.user_id = d.user_id;
  RETURN NULL;
END $$;
CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE unread_counts c SET unread = c.unread - d.n
    FROM (SELECT user_id, count(*) AS n FROM removed WHERE read_at IS NULL GROUP BY user_id) d
   WHERE c.user_id = d.user_id;
  RETURN NULL;
END $$;

CREATE TRIGGER count_made AFTER INSERT ON notifications REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION count_made();
CREATE TRIGGER count_changed AFTER UPDATE ON notifications
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_changed();
CREATE TRIGGER count_removed AFTER DELETE ON notifications REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_removed();

-- The oldest are those with the lowest ids.
DROP INDEX notifications_by_age;
