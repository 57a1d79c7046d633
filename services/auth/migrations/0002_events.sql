-- Deleted users are told of as durable events now: those that are listed too, since who followed the
-- list may not have come to its end. The table stays for replicas of the version before, which are
-- still running while this is applied: what they write to it becomes an event.
INSERT INTO outbox (type, subject, occurred_at, payload)
  SELECT 'user.deleted', user_id, deleted_at, '' FROM deleted_users ORDER BY sequence;

CREATE FUNCTION tell_of_deleted_user() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO outbox (type, subject, occurred_at, payload)
      VALUES ('user.deleted', NEW.user_id, NEW.deleted_at, '');
    RETURN NEW;
  END
$$;
CREATE TRIGGER deleted_users_are_told_of AFTER INSERT ON deleted_users
  FOR EACH ROW EXECUTE FUNCTION tell_of_deleted_user();
