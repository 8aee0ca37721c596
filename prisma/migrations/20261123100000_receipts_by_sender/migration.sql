-- What a user has acknowledged of an event is looked up under the lock of the conversation's head, among all that was said of it.
DROP INDEX "conversation"."event_of_target";
CREATE INDEX "event_of_target" ON "conversation"."event" ("conversation_key", "target_seq", "sender_id") WHERE "target_seq" IS NOT NULL;
