-- Broadcasts: messages of services for all users of their application, numbered without a gap in the order of their commits.

-- Not a column of application: to create a conversation with a unique key locks first the application, then a head.
CREATE TABLE "conversation"."broadcast_counter" (
  "application_id" TEXT NOT NULL,
  "last_number" BIGINT NOT NULL,

  CONSTRAINT "broadcast_counter_pkey" PRIMARY KEY ("application_id")
);

CREATE TABLE "conversation"."broadcast" (
  "application_id" TEXT NOT NULL,
  "number" BIGINT NOT NULL,
  "conversation_key" BIGINT NOT NULL,
  "seq" BIGINT NOT NULL,
  "valid_till" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT statement_timestamp(),

  CONSTRAINT "broadcast_pkey" PRIMARY KEY ("application_id", "number")
);

CREATE UNIQUE INDEX "broadcast_conversation_key_seq_key" ON "conversation"."broadcast" ("conversation_key", "seq");
CREATE INDEX "broadcast_valid_till_idx" ON "conversation"."broadcast" ("valid_till");

ALTER TABLE "conversation"."user" ADD COLUMN "broadcast_cursor" BIGINT;
