-- A client that said goodbye is told from one whose connection was lost; and one that comes back from one that is new.
ALTER TYPE conversation.session_end ADD VALUE 'lost';
ALTER TABLE conversation.session ADD COLUMN reconnect boolean NOT NULL DEFAULT false;
ALTER TABLE conversation.session_change
  ADD COLUMN reconnect boolean NOT NULL DEFAULT false,
  ADD COLUMN is_told boolean NOT NULL DEFAULT false;

-- By the clock that tells when sessions were opened and over.
ALTER TABLE hook_engine.hook ADD COLUMN told_from timestamptz(3) NOT NULL DEFAULT now();

-- What hooks have not been told yet, of one application; and which applications have such hooks.
CREATE INDEX session_change_untold ON conversation.session_change (application_id, at, number) WHERE NOT is_told;
CREATE INDEX hook_of_sessions ON hook_engine.hook (application_id) WHERE name IN ('clientOnline', 'clientOffline');
