-- What is said in the chat rooms. All names are unqualified: the role's search_path is its own schema.

CREATE TABLE chat_lines (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room text NOT NULL
    CONSTRAINT chat_lines_room_known CHECK (room IN ('NEWS', 'MOVIES', 'GAMES', 'MUSIC')),
  user_id bigint NOT NULL,
  body text NOT NULL CONSTRAINT chat_lines_body_length CHECK (char_length(body) BETWEEN 1 AND 2000),
  sent_at timestamptz NOT NULL DEFAULT now()
);
-- Pages of a room, newest first.
CREATE INDEX chat_lines_of_room ON chat_lines (room, id DESC);
-- What a deleted user left.
CREATE INDEX chat_lines_of_user ON chat_lines (user_id);
