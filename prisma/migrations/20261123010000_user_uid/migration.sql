-- A second identity of each user, for protocols in which a user's id is not its name.
ALTER TABLE "conversation"."user" ADD COLUMN "uid" UUID NOT NULL DEFAULT gen_random_uuid();

CREATE UNIQUE INDEX "user_application_id_uid_key" ON "conversation"."user" ("application_id", "uid");
