-- Uploaded files, which events carry them, and bytes that are to be removed.
CREATE TABLE "conversation"."file" (
    "id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "owner_id" TEXT,
    "description" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(3),

    CONSTRAINT "file_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "conversation"."file_removal" (
    "file_id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_removal_pkey" PRIMARY KEY ("file_id")
);

CREATE TABLE "conversation"."event_file" (
    "conversation_key" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "file_id" UUID NOT NULL,

    CONSTRAINT "event_file_pkey" PRIMARY KEY ("conversation_key","seq","file_id")
);

CREATE INDEX "file_removal_created_at_idx" ON "conversation"."file_removal"("created_at");
CREATE INDEX "event_file_file_id_conversation_key_seq_idx" ON "conversation"."event_file"("file_id", "conversation_key", "seq");
ALTER TABLE "conversation"."event_file" ADD CONSTRAINT "event_file_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "conversation"."file"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Housekeeping's question: what may have to go.
CREATE INDEX "file_due" ON "conversation"."file" ("due_at") WHERE "due_at" IS NOT NULL;

-- What a message shows of the files that it carries, as JSON text.
ALTER TABLE "conversation"."event" ADD COLUMN "attachments" TEXT;
