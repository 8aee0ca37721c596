-- Whom users, and conversations, want nothing to do with.
CREATE TABLE "conversation"."user_block" (
    "application_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "blocked_user_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_block_pkey" PRIMARY KEY ("application_id", "user_id", "blocked_user_id")
);
-- Who has blocked a sender: asked by every send.
CREATE INDEX "user_block_application_id_blocked_user_id_user_id_idx" ON "conversation"."user_block"("application_id", "blocked_user_id", "user_id");

CREATE TABLE "conversation"."conversation_block" (
    "conversation_key" BIGINT NOT NULL,
    "user_id" TEXT NOT NULL,
    "blocked_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "conversation_block_pkey" PRIMARY KEY ("conversation_key", "user_id")
);
-- What housekeeping deletes.
CREATE INDEX "conversation_block_expiring" ON "conversation"."conversation_block" ("expires_at") WHERE "expires_at" IS NOT NULL;
