-- What a user has created is read page by page too, for its export.
DROP INDEX conversation.conversation_created_by;
CREATE INDEX conversation_created_by ON conversation.conversation (application_id, created_by, key) WHERE created_by IS NOT NULL;
