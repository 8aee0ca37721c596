-- A folder of its own: an enum value may not be used in the transaction that adds it.
ALTER TYPE conversation.event_audience ADD VALUE 'broadcast';
