-- Who has ever entered a room: attendances go with their sessions, what was said in the room stays.
CREATE TABLE conversation.room_visitor (
  application_id text NOT NULL,
  user_id text NOT NULL,
  conversation_key bigint NOT NULL,
  CONSTRAINT room_visitor_pkey PRIMARY KEY (application_id, user_id, conversation_key)
);
CREATE INDEX room_visitor_conversation_key_idx ON conversation.room_visitor (conversation_key);
INSERT INTO conversation.room_visitor (application_id, user_id, conversation_key)
  SELECT DISTINCT application_id, user_id, conversation_key FROM conversation.room_attendance;

-- What a deleted user leaves behind is found by its id.
CREATE INDEX file_application_id_owner_id_id_idx ON conversation.file (application_id, owner_id, id);
CREATE INDEX conversation_block_user_id_idx ON conversation.conversation_block (user_id);
CREATE INDEX session_change_application_id_user_id_number_idx
  ON conversation.session_change (application_id, user_id, number);
