-- Where a user is blocked is read page by page.
CREATE INDEX conversation_block_user_id_conversation_key_idx
  ON conversation.conversation_block (user_id, conversation_key);
DROP INDEX conversation.conversation_block_user_id_idx;
