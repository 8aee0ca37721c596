-- What a user is invited to, among thousands of conversations that it is in.
CREATE INDEX "member_invited" ON "conversation"."member" ("application_id", "user_id", "conversation_key") WHERE "state" = 'invited';
