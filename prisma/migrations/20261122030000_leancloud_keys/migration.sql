-- What clients of LeanCloud's protocols have to show a signature of the application's server for.
ALTER TABLE conversation.application ADD COLUMN signature_areas text[] NOT NULL DEFAULT '{}';
