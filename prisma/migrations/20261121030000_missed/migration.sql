-- What the clients of a lost gateway have missed is found by numbers of the outbox: no other index of it is needed.
ALTER TABLE "conversation"."gateway_lease"
  DROP COLUMN "missed_at",
  ADD COLUMN "outbox_number" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "missed_up_to" BIGINT NOT NULL DEFAULT 0;
