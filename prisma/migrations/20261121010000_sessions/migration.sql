-- Sessions of the release before end here: it deleted what this one marks as closed, and let void leases come back. Their
-- gateways take new leases, and their clients connect again.
DELETE FROM "conversation"."gateway_lease";
DELETE FROM "conversation"."session";

CREATE TYPE "conversation"."session_end" AS ENUM ('closed', 'stopped', 'fenced', 'lease_lost');
CREATE TYPE "conversation"."session_change_kind" AS ENUM ('online', 'offline');

ALTER TABLE "conversation"."gateway_lease"
  ADD COLUMN "voided_at" TIMESTAMPTZ(3),
  ADD COLUMN "settled_at" TIMESTAMPTZ(3),
  ADD COLUMN "worked_until" TIMESTAMPTZ(3),
  ADD COLUMN "missed_at" TIMESTAMPTZ(3),
  ADD COLUMN "missed_number" BIGINT NOT NULL DEFAULT 0;

ALTER TABLE "conversation"."session" DROP CONSTRAINT "session_incarnation_fkey";
DROP INDEX "conversation"."session_application_id_user_id_idx";
DROP INDEX "conversation"."session_incarnation_idx";
ALTER TABLE "conversation"."session"
  ADD COLUMN "address" TEXT,
  ADD COLUMN "epoch" INTEGER NOT NULL,
  ADD COLUMN "closed_at" TIMESTAMPTZ(3),
  ADD COLUMN "closed_reason" "conversation"."session_end",
  ADD CONSTRAINT "session_epoch_open" CHECK (("closed_at" IS NULL) = ("epoch" % 2 = 1)),
  ADD CONSTRAINT "session_closed_for_a_reason" CHECK (("closed_at" IS NULL) = ("closed_reason" IS NULL));

CREATE TABLE "conversation"."session_change" (
    "number" BIGSERIAL NOT NULL,
    "session_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "kind" "conversation"."session_change_kind" NOT NULL,
    "reason" "conversation"."session_end",
    "incarnation" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "dialect" TEXT NOT NULL,
    "tag" TEXT,
    "address" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_change_pkey" PRIMARY KEY ("number"),
    CONSTRAINT "session_change_alternates" CHECK (("kind" = 'online') = ("epoch" % 2 = 1)),
    CONSTRAINT "session_change_offline_for_a_reason" CHECK (("kind" = 'offline') = ("reason" IS NOT NULL))
);
CREATE UNIQUE INDEX "session_change_session_id_epoch_key" ON "conversation"."session_change"("session_id", "epoch");
CREATE INDEX "session_change_at_idx" ON "conversation"."session_change"("at");

-- Who is connected; what a void lease leaves open; what housekeeping deletes.
CREATE INDEX "session_open_user" ON "conversation"."session" ("application_id", "user_id") WHERE "closed_at" IS NULL;
CREATE INDEX "session_open_incarnation" ON "conversation"."session" ("incarnation", "id") WHERE "closed_at" IS NULL;
CREATE INDEX "session_closed" ON "conversation"."session" ("closed_at") WHERE "closed_at" IS NOT NULL;
-- Who may have missed something because their gateway was gone, and nobody knew yet.
CREATE INDEX "session_lost" ON "conversation"."session" ("incarnation", "application_id", "user_id")
  WHERE "closed_reason" IN ('fenced', 'lease_lost');

-- The reaper's questions: what may be void, what is void and not settled; and housekeeping's.
CREATE INDEX "gateway_lease_living" ON "conversation"."gateway_lease" ("renewed_at") WHERE "voided_at" IS NULL;
CREATE INDEX "gateway_lease_unsettled" ON "conversation"."gateway_lease" ("voided_at") WHERE "voided_at" IS NOT NULL AND "settled_at" IS NULL;
CREATE INDEX "gateway_lease_settled" ON "conversation"."gateway_lease" ("settled_at") WHERE "settled_at" IS NOT NULL;

-- A user's conversations, page by page in the order of their keys.
DROP INDEX "conversation"."member_application_id_user_id_idx";
CREATE INDEX "member_application_id_user_id_conversation_key_idx" ON "conversation"."member"("application_id", "user_id", "conversation_key");
