-- The last calls of each hook, for those who look for what it does.
CREATE TABLE hook_engine.hook_run (
  id uuid PRIMARY KEY,
  hook_id uuid NOT NULL REFERENCES hook_engine.hook (id) ON DELETE CASCADE ON UPDATE CASCADE,
  call_id text NOT NULL,
  conversation_id text,
  started_at timestamptz(3) NOT NULL,
  duration integer NOT NULL,
  outcome text NOT NULL,
  failed boolean NOT NULL,
  status integer,
  request_bytes integer,
  answer_bytes integer,
  mode text NOT NULL,
  dry_run boolean NOT NULL,
  contents boolean NOT NULL,
  request text NOT NULL,
  answer text NOT NULL,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX hook_run_hook_id_id_idx ON hook_engine.hook_run (hook_id, id);
CREATE INDEX hook_run_expires_at_idx ON hook_engine.hook_run (expires_at);

ALTER TABLE hook_engine.hook ADD COLUMN record_contents_until timestamptz(3);
