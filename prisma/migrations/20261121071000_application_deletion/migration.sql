-- How far the removal of a deleted application is.
ALTER TABLE "conversation"."application" ADD COLUMN "erased_at" TIMESTAMPTZ(3), ADD COLUMN "erasure_due_at" TIMESTAMPTZ(3);
CREATE INDEX "application_erasure_due" ON "conversation"."application" ("erasure_due_at") WHERE "erasure_due_at" IS NOT NULL;

-- What a deleted application leaves behind is found by it, or by its conversations.
CREATE INDEX "session_closed_of_application" ON "conversation"."session" ("application_id") WHERE "closed_at" IS NOT NULL;
CREATE INDEX "file_removal_application_id_idx" ON "conversation"."file_removal"("application_id");
CREATE INDEX "job_lane_idx" ON "hook_engine"."job"("lane");
CREATE INDEX "job_lane_idx" ON "push_notification"."job"("lane");
CREATE INDEX "job_lane_idx" ON "webhook_delivery"."job"("lane");
