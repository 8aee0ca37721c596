-- Which sessions are in which rooms. A closed session is in none; its rows go with it.
CREATE TABLE "conversation"."room_attendance" (
    "conversation_key" BIGINT NOT NULL,
    "user_id" TEXT NOT NULL,
    "session_id" UUID NOT NULL,
    "application_id" TEXT NOT NULL,
    "entered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "room_attendance_pkey" PRIMARY KEY ("conversation_key", "user_id", "session_id")
);
CREATE INDEX "room_attendance_session_id_idx" ON "conversation"."room_attendance"("session_id");
ALTER TABLE "conversation"."room_attendance" ADD CONSTRAINT "room_attendance_session_id_fkey"
  FOREIGN KEY ("session_id") REFERENCES "conversation"."session"("id") ON DELETE CASCADE ON UPDATE CASCADE;
