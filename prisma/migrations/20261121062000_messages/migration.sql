-- What is about a message is found by its target; and messages whose content has to be deleted, in the order of their
-- expiry. Both indexes are partial: an ordinary send costs nothing.
CREATE INDEX "event_of_target" ON "conversation"."event" ("conversation_key", "target_seq") WHERE "target_seq" IS NOT NULL;
CREATE INDEX "event_expiring" ON "conversation"."event" ("expires_at")
  WHERE "expires_at" IS NOT NULL AND "content_type" <> 'recalled';
