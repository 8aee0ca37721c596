-- How far the notifications of a broadcast have come, which go through all users of an application.
CREATE TABLE "push_notification"."walk" (
  "event_id" UUID NOT NULL,
  "application_id" TEXT NOT NULL,
  "after" BIGINT NOT NULL,

  CONSTRAINT "walk_pkey" PRIMARY KEY ("event_id")
);

CREATE INDEX "walk_application_id_idx" ON "push_notification"."walk" ("application_id");
