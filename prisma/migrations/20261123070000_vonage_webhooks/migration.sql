-- Webhooks in the form of Vonage's name types of events as Vonage does.
ALTER TABLE "webhook_delivery"."webhook_endpoint" ADD COLUMN "vonage_types" TEXT[] DEFAULT ARRAY[]::TEXT[];
