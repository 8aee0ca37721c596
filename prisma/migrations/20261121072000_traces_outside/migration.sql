-- What names a user where it has never been: found by its id when it is deleted. Few messages have mentions.
CREATE INDEX event_mentioning ON conversation.event USING gin ((mentions::jsonb -> 'userIds')) WHERE mentions IS NOT NULL;
CREATE INDEX conversation_created_by ON conversation.conversation (application_id, created_by) WHERE created_by IS NOT NULL;
-- What servers have said in the name of users who have never been there.
INSERT INTO conversation.room_visitor (application_id, user_id, conversation_key)
  SELECT DISTINCT "user".application_id, "user".id, event.conversation_key
  FROM conversation.event
  JOIN conversation.conversation ON conversation.key = event.conversation_key
  JOIN conversation."user" ON "user".application_id = conversation.application_id AND "user".id = event.sender_id
  WHERE NOT EXISTS (
    SELECT FROM conversation.member
    WHERE member.conversation_key = event.conversation_key AND member.user_id = event.sender_id
  )
  ON CONFLICT DO NOTHING;
