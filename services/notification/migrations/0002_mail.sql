-- Mails to be sent. What is read, deleted or no longer wanted before its mail goes leaves with its row here.

CREATE TABLE mail_items (
  notification_id bigint      PRIMARY KEY REFERENCES notifications ON DELETE CASCADE,
  user_id         bigint      NOT NULL,
  due_at          timestamptz NOT NULL
);
CREATE INDEX mail_items_by_user ON mail_items (user_id, notification_id);

-- One row a user with items: whose turn it is. An empty one is removed when its turn comes.
CREATE TABLE mail_queue (
  user_id    bigint      PRIMARY KEY,
  due_at     timestamptz NOT NULL,
  not_before timestamptz NOT NULL DEFAULT now(),              -- somebody is at it, or it failed
  failures   integer     NOT NULL DEFAULT 0,                  -- in a row
  mail_id    uuid        NOT NULL DEFAULT gen_random_uuid()   -- names the next mail, however often it is tried
);
CREATE INDEX mail_queue_due ON mail_queue (greatest(due_at, not_before));

-- What the links in a user's mails carry.
CREATE TABLE unsubscribe_tokens (
  user_id bigint PRIMARY KEY,
  token   text   NOT NULL CONSTRAINT unsubscribe_tokens_unique UNIQUE
);
