-- Sessions have a token, and may be ended by others than their gateway, which has to be told then.
ALTER TABLE conversation.session
  ADD COLUMN token_id text,
  ADD COLUMN token_issued_at timestamptz(3),
  ADD COLUMN closed_detail text,
  ADD COLUMN is_untold boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT session_untold_is_closed CHECK (NOT is_untold OR closed_at IS NOT NULL);
ALTER TABLE conversation.session_change ADD COLUMN detail text;

-- One open session per tag; and the gateways' question.
CREATE UNIQUE INDEX session_open_tag ON conversation.session (application_id, user_id, tag)
  WHERE closed_at IS NULL AND tag IS NOT NULL;
CREATE INDEX session_untold ON conversation.session (incarnation) WHERE is_untold;

CREATE TABLE conversation.revoked_token (
  application_id text NOT NULL,
  user_id text NOT NULL,
  token_id text NOT NULL,
  expires_at timestamptz(3),
  revoked_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT revoked_token_pkey PRIMARY KEY (application_id, user_id, token_id)
);
CREATE INDEX revoked_token_expires_at_idx ON conversation.revoked_token (expires_at);
