-- Conversations are found by their attributes, deleted, and purged of what they held.
ALTER TABLE conversation.conversation
  ADD COLUMN deleted_at timestamptz(3),
  ADD COLUMN purged_at timestamptz(3);

-- What lists of an application read, in the order of creation.
CREATE INDEX conversation_listed ON conversation.conversation (application_id, key) WHERE deleted_at IS NULL;
CREATE INDEX conversation_listed_by_kind ON conversation.conversation (application_id, kind, key) WHERE deleted_at IS NULL;
-- What housekeeping looks for.
CREATE INDEX conversation_expiring ON conversation.conversation (expires_at)
  WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversation_to_purge ON conversation.conversation (deleted_at)
  WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE TABLE conversation.conversation_attribute (
  application_id text NOT NULL,
  name text NOT NULL,
  value text NOT NULL,
  conversation_key bigint NOT NULL,
  PRIMARY KEY (application_id, name, value, conversation_key)
);
INSERT INTO conversation.conversation_attribute (application_id, name, value, conversation_key)
SELECT conversation.application_id, attribute.key, attribute.value::text, conversation.key
FROM conversation.conversation CROSS JOIN LATERAL jsonb_each(conversation.attributes) AS attribute
WHERE jsonb_typeof(attribute.value) IN ('string', 'number', 'boolean')
  AND octet_length(attribute.key) <= 100 AND octet_length(attribute.value::text) <= 200;
