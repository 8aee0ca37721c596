-- By which stay its sender was in: protocols name senders by it. Null: the sender was in no stay, or it is not known.
ALTER TABLE "conversation"."event" ADD COLUMN "sender_member_id" UUID;
