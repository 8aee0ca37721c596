ALTER TABLE "conversation"."application" ADD COLUMN "event_retention_days" INTEGER;
CREATE INDEX "application_with_retention" ON "conversation"."application" ("id") WHERE "event_retention_days" IS NOT NULL;

ALTER TABLE "conversation"."conversation"
  ADD COLUMN "first_seq" BIGINT NOT NULL DEFAULT 1,
  ADD COLUMN "retention_due_from" TIMESTAMPTZ(3) NOT NULL DEFAULT statement_timestamp();
-- A conversation has no event that is older than itself.
UPDATE "conversation"."conversation" SET "retention_due_from" = "created_at";
-- Retention's question: which conversations of an application may have events that are too old.
CREATE INDEX "conversation_application_id_retention_due_from_idx" ON "conversation"."conversation"("application_id", "retention_due_from");

-- All stays of a user in a conversation, also those that have ended.
CREATE INDEX "member_conversation_key_user_id_idx" ON "conversation"."member"("conversation_key", "user_id");

-- What one user was notified of.
CREATE INDEX "push_notification_application_id_user_id_id_idx" ON "push_notification"."push_notification"("application_id", "user_id", "id");
