-- From when on a user's tokens count, and whether the user is gone.
ALTER TABLE conversation."user"
  ADD COLUMN tokens_valid_from timestamptz(3),
  ADD COLUMN deleted_at timestamptz(3);

-- Why a session is over. A value cannot be used by the migration that adds it.
ALTER TYPE conversation.session_end ADD VALUE 'kicked';
ALTER TYPE conversation.session_end ADD VALUE 'replaced';
ALTER TYPE conversation.session_end ADD VALUE 'revoked';
ALTER TYPE conversation.session_end ADD VALUE 'expired';
