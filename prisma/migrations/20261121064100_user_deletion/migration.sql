-- Users are listed in the order of their numbers.
CREATE INDEX user_application_id_number_idx ON conversation."user" (application_id, number);

-- Users that are being taken out of everything that is stored, and how far that has come.
CREATE TYPE conversation.sent_messages AS ENUM ('keep', 'recall');

CREATE TABLE conversation.user_erasure (
  application_id text NOT NULL,
  user_id text NOT NULL,
  pseudonym text NOT NULL,
  messages conversation.sent_messages NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  conversation_key bigint NOT NULL DEFAULT 0,
  seq bigint NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT user_erasure_pkey PRIMARY KEY (application_id, user_id)
);
CREATE INDEX user_erasure_due_at_idx ON conversation.user_erasure (due_at);
