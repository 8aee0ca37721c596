-- What the clients of a lost gateway have missed is found by numbers of the outbox: no other index of it is needed.
ALTER TABLE "conversation"."gateway_lease"
  DROP COLUMN "missed_at",
  ADD COLUMN "outbox_number" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "missed_up_to" BIGINT NOT NULL DEFAULT 0;

-- Renewals must not touch an index; living leases are as few as gateways.
DROP INDEX "conversation"."gateway_lease_living";
CREATE INDEX "gateway_lease_living" ON "conversation"."gateway_lease" ("incarnation") WHERE "voided_at" IS NULL;
