-- What messages and conversations have to know so that they can be edited, recalled, joined and expire.
CREATE TYPE conversation.join_rule AS ENUM ('invited', 'open');

ALTER TABLE conversation.conversation
  ADD COLUMN join_rule conversation.join_rule NOT NULL DEFAULT 'invited',
  ADD COLUMN expires_at timestamptz(3);

ALTER TABLE conversation.event
  ADD COLUMN mentions text,
  ADD COLUMN edited_at timestamptz(3),
  ADD COLUMN recalled_at timestamptz(3),
  ADD COLUMN target_id uuid,
  ADD COLUMN target_seq bigint;
