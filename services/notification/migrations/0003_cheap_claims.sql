-- A claim rewrites its row within its page, and no index: jobs are looked for by their id, oldest first. Those
-- that wait for their time are few, or none is tried for a while.
DROP INDEX jobs_due;
ALTER TABLE jobs SET (fillfactor = 50);

-- Deleted users are few, and jobs few as well.
DROP INDEX jobs_by_actor;
