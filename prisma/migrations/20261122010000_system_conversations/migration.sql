-- Of services alone, changed with the stays under the head's lock: counting a hundred thousand members takes too long.
ALTER TABLE conversation.conversation_head ADD COLUMN subscribers bigint NOT NULL DEFAULT 0;
