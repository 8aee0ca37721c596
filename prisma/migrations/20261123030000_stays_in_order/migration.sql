-- Stays of a conversation in the order in which they began, ended ones included. By the key's text, so that nothing else goes by it:
-- the planner takes an index of (conversation_key, id) for whatever names a conversation, and reads all of its stays.
CREATE INDEX "member_in_order" ON "conversation"."member" (("conversation_key"::text), "id");
