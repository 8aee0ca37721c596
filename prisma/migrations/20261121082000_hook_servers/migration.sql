-- AlterTable
ALTER TABLE "hook_engine"."hook" ADD COLUMN     "protocol" TEXT NOT NULL DEFAULT 'http',
ADD COLUMN     "server_id" UUID;

-- CreateTable
CREATE TABLE "hook_engine"."hook_server" (
    "id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "credentials_sealed" TEXT NOT NULL,
    "send_legacy_sign" BOOLEAN,
    "position" INTEGER NOT NULL,
    "deadline" INTEGER NOT NULL,
    "failure_policy" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "functions" TEXT[],
    "wants_legacy_sign" BOOLEAN NOT NULL DEFAULT false,
    "runtime" TEXT,
    "version" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "refreshed_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "refused_since" TIMESTAMPTZ(3),

    CONSTRAINT "hook_server_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "hook_server_application_id_idx" ON "hook_engine"."hook_server"("application_id");

-- CreateIndex
CREATE INDEX "hook_server_due_at_idx" ON "hook_engine"."hook_server"("due_at");

-- CreateIndex
CREATE INDEX "hook_server_id_idx" ON "hook_engine"."hook"("server_id");

-- AddForeignKey
ALTER TABLE "hook_engine"."hook" ADD CONSTRAINT "hook_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "hook_engine"."hook_server"("id") ON DELETE CASCADE ON UPDATE CASCADE;
