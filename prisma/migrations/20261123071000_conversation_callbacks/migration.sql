-- Callbacks of conversations are webhooks, as many as there are conversations: nobody goes through an application's to find its
-- other webhooks, or that of one conversation.
ALTER TABLE "webhook_delivery"."webhook_endpoint"
  ADD COLUMN "is_callback" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "callback_params" TEXT;

DROP INDEX "webhook_delivery"."webhook_endpoint_application_id_idx";
CREATE INDEX "endpoint_of_application" ON "webhook_delivery"."webhook_endpoint"("application_id", "is_callback", "conversation_id");

-- They are looked through for conversations that are gone.
CREATE INDEX "endpoint_callback" ON "webhook_delivery"."webhook_endpoint" ("id") WHERE "is_callback" AND "deleted_at" IS NULL;
