-- What a user has created is read page by page too, for its export. The old index goes last: who drops an index keeps readers out
-- until the end of the transaction.
CREATE INDEX conversation_created ON conversation.conversation (application_id, created_by, key) WHERE created_by IS NOT NULL;
DROP INDEX conversation.conversation_created_by;
ALTER INDEX conversation.conversation_created RENAME TO conversation_created_by;
