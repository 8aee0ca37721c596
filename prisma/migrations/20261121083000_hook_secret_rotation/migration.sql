-- The secret of a hook before its last rotation signs as well for a while.
ALTER TABLE hook_engine.hook
  ADD COLUMN former_secret_sealed text,
  ADD COLUMN former_secret_until timestamptz(3);
