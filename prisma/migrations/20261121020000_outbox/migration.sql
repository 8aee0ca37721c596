-- Every event pays for each index of the outbox twice: when it is stored, and when it is marked as published. Nothing
-- looks for an entry but by its number.
DROP INDEX "conversation"."outbox_entry_created_at_idx";
DROP INDEX "conversation"."outbox_entry_conversation_key_seq_key";

-- How many events of a lane are kept because one before them is missing.
ALTER TABLE "hook_engine"."inbox_lane" ADD COLUMN "kept" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "push_notification"."inbox_lane" ADD COLUMN "kept" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "webhook_delivery"."inbox_lane" ADD COLUMN "kept" INTEGER NOT NULL DEFAULT 0;

UPDATE "hook_engine"."inbox_lane" AS known SET "kept" = counted.count
FROM (SELECT lane, count(*)::int AS count FROM "hook_engine"."inbox_entry" GROUP BY lane) AS counted WHERE counted.lane = known.lane;
UPDATE "push_notification"."inbox_lane" AS known SET "kept" = counted.count
FROM (SELECT lane, count(*)::int AS count FROM "push_notification"."inbox_entry" GROUP BY lane) AS counted WHERE counted.lane = known.lane;
UPDATE "webhook_delivery"."inbox_lane" AS known SET "kept" = counted.count
FROM (SELECT lane, count(*)::int AS count FROM "webhook_delivery"."inbox_entry" GROUP BY lane) AS counted WHERE counted.lane = known.lane;

-- Lanes that wait for something missing.
CREATE INDEX "inbox_lane_waiting" ON "hook_engine"."inbox_lane" ("lane") WHERE "kept" > 0;
CREATE INDEX "inbox_lane_waiting" ON "push_notification"."inbox_lane" ("lane") WHERE "kept" > 0;
CREATE INDEX "inbox_lane_waiting" ON "webhook_delivery"."inbox_lane" ("lane") WHERE "kept" > 0;

-- Every batch moves lanes: leave room on the page, so that no index has to follow.
ALTER TABLE "hook_engine"."inbox_lane" SET (fillfactor = 50);
ALTER TABLE "push_notification"."inbox_lane" SET (fillfactor = 50);
ALTER TABLE "webhook_delivery"."inbox_lane" SET (fillfactor = 50);
