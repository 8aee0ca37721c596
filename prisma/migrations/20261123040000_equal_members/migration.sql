-- In such a conversation every member may do what an owner may.
ALTER TABLE "conversation"."conversation" ADD COLUMN "equal_members" BOOLEAN NOT NULL DEFAULT false;
