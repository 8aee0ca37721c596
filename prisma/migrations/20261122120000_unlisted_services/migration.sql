-- A deleted service leaves its subscribers' lists portion by portion: how far that has come.
ALTER TABLE conversation.conversation ADD COLUMN unlisted_up_to text;
-- What housekeeping looks for.
CREATE INDEX conversation_to_unlist ON conversation.conversation (key) WHERE unlisted_up_to IS NOT NULL;
