-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "conversation";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "hook_engine";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "push_notification";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "webhook_delivery";

-- CreateEnum
CREATE TYPE "conversation"."user_kind" AS ENUM ('person', 'business', 'contact_session');

-- CreateEnum
CREATE TYPE "conversation"."conversation_kind" AS ENUM ('group', 'room', 'system', 'temporary', 'business', 'support');

-- CreateEnum
CREATE TYPE "conversation"."conversation_state" AS ENUM ('active', 'inactive', 'deleted');

-- CreateEnum
CREATE TYPE "conversation"."history_visibility" AS ENUM ('start', 'joined');

-- CreateEnum
CREATE TYPE "conversation"."member_role" AS ENUM ('owner', 'manager', 'member');

-- CreateEnum
CREATE TYPE "conversation"."member_state" AS ENUM ('invited', 'joined', 'left');

-- CreateEnum
CREATE TYPE "conversation"."event_audience" AS ENUM ('everyone', 'operators', 'listed');

-- CreateTable
CREATE TABLE "conversation"."application" (
    "id" TEXT NOT NULL,
    "number" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "app_key_sealed" TEXT NOT NULL,
    "master_key_sealed" TEXT NOT NULL,
    "hook_key_sealed" TEXT NOT NULL,
    "token_secret_sealed" TEXT NOT NULL,
    "public_keys" TEXT[],
    "hook_failure" TEXT NOT NULL DEFAULT 'continue',
    "next_conversation_number" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "application_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation"."user" (
    "application_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "kind" "conversation"."user_kind" NOT NULL DEFAULT 'person',
    "display_name" TEXT,
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "list_version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("application_id","id")
);

-- CreateTable
CREATE TABLE "conversation"."conversation" (
    "key" BIGSERIAL NOT NULL,
    "application_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" "conversation"."conversation_kind" NOT NULL,
    "name" TEXT,
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "unique_key" TEXT,
    "history_visibility" "conversation"."history_visibility" NOT NULL DEFAULT 'start',
    "receipts_as_events" BOOLEAN NOT NULL DEFAULT false,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "conversation"."conversation_head" (
    "conversation_key" BIGINT NOT NULL,
    "state" "conversation"."conversation_state" NOT NULL DEFAULT 'active',
    "last_seq" BIGINT NOT NULL DEFAULT 0,
    "last_timestamp" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "conversation_head_pkey" PRIMARY KEY ("conversation_key")
);

-- CreateTable
CREATE TABLE "conversation"."member" (
    "id" UUID NOT NULL,
    "conversation_key" BIGINT NOT NULL,
    "application_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" "conversation"."member_role" NOT NULL DEFAULT 'member',
    "state" "conversation"."member_state" NOT NULL DEFAULT 'joined',
    "inviter_id" TEXT,
    "muted" BOOLEAN NOT NULL DEFAULT false,
    "silenced_until" TIMESTAMPTZ(3),
    "invited_at" TIMESTAMPTZ(3),
    "joined_at" TIMESTAMPTZ(3),
    "left_at" TIMESTAMPTZ(3),
    "joined_seq" BIGINT,
    "left_seq" BIGINT,
    "delivered_seq" BIGINT NOT NULL DEFAULT 0,
    "read_seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation"."event" (
    "conversation_key" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "sender_id" TEXT,
    "audience" "conversation"."event_audience" NOT NULL DEFAULT 'everyone',
    "content_type" TEXT,
    "content" TEXT,
    "binary" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "event_pkey" PRIMARY KEY ("conversation_key","seq")
);

-- CreateTable
CREATE TABLE "conversation"."event_recipient" (
    "conversation_key" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "user_id" TEXT NOT NULL,

    CONSTRAINT "event_recipient_pkey" PRIMARY KEY ("conversation_key","seq","user_id")
);

-- CreateTable
CREATE TABLE "conversation"."request" (
    "application_id" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "event_id" UUID,
    "outcome" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "request_pkey" PRIMARY KEY ("application_id","namespace","key")
);

-- CreateTable
CREATE TABLE "conversation"."outbox_entry" (
    "number" BIGSERIAL NOT NULL,
    "conversation_key" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "origin" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_entry_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "conversation"."relay_lease" (
    "id" INTEGER NOT NULL,
    "holder" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "stream_identity" TEXT,
    "replayed_up_to" BIGINT NOT NULL DEFAULT 0,
    "replay_cursor" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "relay_lease_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation"."gateway_lease" (
    "incarnation" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "renewed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "gateway_lease_pkey" PRIMARY KEY ("incarnation")
);

-- CreateTable
CREATE TABLE "conversation"."session" (
    "id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "incarnation" UUID NOT NULL,
    "dialect" TEXT NOT NULL,
    "tag" TEXT,
    "connected_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_engine"."hook" (
    "id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "secret_sealed" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "deadline" INTEGER NOT NULL,
    "failure_policy" TEXT NOT NULL DEFAULT 'default',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "hook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_engine"."hook_registry" (
    "id" INTEGER NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "hook_registry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_engine"."request" (
    "application_id" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "request_pkey" PRIMARY KEY ("application_id","namespace","key")
);

-- CreateTable
CREATE TABLE "hook_engine"."inbox_lane" (
    "lane" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,

    CONSTRAINT "inbox_lane_pkey" PRIMARY KEY ("lane")
);

-- CreateTable
CREATE TABLE "hook_engine"."inbox_entry" (
    "lane" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "payload" TEXT NOT NULL,

    CONSTRAINT "inbox_entry_pkey" PRIMARY KEY ("lane","seq")
);

-- CreateTable
CREATE TABLE "hook_engine"."job" (
    "id" BIGSERIAL NOT NULL,
    "target" TEXT NOT NULL,
    "lane" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "payload" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "locked_until" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_notification"."push_notification" (
    "id" BIGSERIAL NOT NULL,
    "application_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "push_notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_notification"."inbox_lane" (
    "lane" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,

    CONSTRAINT "inbox_lane_pkey" PRIMARY KEY ("lane")
);

-- CreateTable
CREATE TABLE "push_notification"."inbox_entry" (
    "lane" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "payload" TEXT NOT NULL,

    CONSTRAINT "inbox_entry_pkey" PRIMARY KEY ("lane","seq")
);

-- CreateTable
CREATE TABLE "push_notification"."job" (
    "id" BIGSERIAL NOT NULL,
    "target" TEXT NOT NULL,
    "lane" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "payload" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "locked_until" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery"."webhook_endpoint" (
    "id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "secret_sealed" TEXT NOT NULL,
    "event_types" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery"."request" (
    "application_id" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "request_pkey" PRIMARY KEY ("application_id","namespace","key")
);

-- CreateTable
CREATE TABLE "webhook_delivery"."inbox_lane" (
    "lane" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,

    CONSTRAINT "inbox_lane_pkey" PRIMARY KEY ("lane")
);

-- CreateTable
CREATE TABLE "webhook_delivery"."inbox_entry" (
    "lane" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "payload" TEXT NOT NULL,

    CONSTRAINT "inbox_entry_pkey" PRIMARY KEY ("lane","seq")
);

-- CreateTable
CREATE TABLE "webhook_delivery"."job" (
    "id" BIGSERIAL NOT NULL,
    "target" TEXT NOT NULL,
    "lane" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "payload" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "locked_until" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "application_number_key" ON "conversation"."application"("number");

-- CreateIndex
CREATE UNIQUE INDEX "user_number_key" ON "conversation"."user"("number");

-- CreateIndex
CREATE UNIQUE INDEX "conversation_application_id_id_key" ON "conversation"."conversation"("application_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "conversation_application_id_number_key" ON "conversation"."conversation"("application_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "conversation_application_id_unique_key_key" ON "conversation"."conversation"("application_id", "unique_key");

-- CreateIndex
CREATE INDEX "member_application_id_user_id_idx" ON "conversation"."member"("application_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "event_id_key" ON "conversation"."event"("id");

-- CreateIndex
CREATE UNIQUE INDEX "event_number_key" ON "conversation"."event"("number");

-- CreateIndex
CREATE INDEX "event_recipient_user_id_conversation_key_seq_idx" ON "conversation"."event_recipient"("user_id", "conversation_key", "seq");

-- CreateIndex
CREATE INDEX "request_expires_at_idx" ON "conversation"."request"("expires_at");

-- CreateIndex
CREATE INDEX "outbox_entry_created_at_idx" ON "conversation"."outbox_entry"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_entry_conversation_key_seq_key" ON "conversation"."outbox_entry"("conversation_key", "seq");

-- CreateIndex
CREATE INDEX "session_application_id_user_id_idx" ON "conversation"."session"("application_id", "user_id");

-- CreateIndex
CREATE INDEX "session_incarnation_idx" ON "conversation"."session"("incarnation");

-- CreateIndex
CREATE INDEX "hook_application_id_name_position_idx" ON "hook_engine"."hook"("application_id", "name", "position");

-- CreateIndex
CREATE INDEX "request_expires_at_idx" ON "hook_engine"."request"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "job_target_event_id_key" ON "hook_engine"."job"("target", "event_id");

-- CreateIndex
CREATE INDEX "push_notification_application_id_id_idx" ON "push_notification"."push_notification"("application_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "push_notification_event_id_user_id_provider_key" ON "push_notification"."push_notification"("event_id", "user_id", "provider");

-- CreateIndex
CREATE UNIQUE INDEX "job_target_event_id_key" ON "push_notification"."job"("target", "event_id");

-- CreateIndex
CREATE INDEX "webhook_endpoint_application_id_idx" ON "webhook_delivery"."webhook_endpoint"("application_id");

-- CreateIndex
CREATE INDEX "request_expires_at_idx" ON "webhook_delivery"."request"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "job_target_event_id_key" ON "webhook_delivery"."job"("target", "event_id");

-- AddForeignKey
ALTER TABLE "conversation"."conversation_head" ADD CONSTRAINT "conversation_head_conversation_key_fkey" FOREIGN KEY ("conversation_key") REFERENCES "conversation"."conversation"("key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation"."member" ADD CONSTRAINT "member_conversation_key_fkey" FOREIGN KEY ("conversation_key") REFERENCES "conversation"."conversation"("key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation"."session" ADD CONSTRAINT "session_incarnation_fkey" FOREIGN KEY ("incarnation") REFERENCES "conversation"."gateway_lease"("incarnation") ON DELETE CASCADE ON UPDATE CASCADE;
