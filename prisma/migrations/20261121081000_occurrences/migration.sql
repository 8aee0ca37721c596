-- What after-hooks are to be told, until hook-engine has taken it over.
CREATE TABLE conversation.occurrence (
  number bigserial NOT NULL,
  id uuid NOT NULL,
  application_id text NOT NULL,
  lane bigint NOT NULL,
  hook text NOT NULL,
  request text NOT NULL,
  attributes text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT occurrence_pkey PRIMARY KEY (number)
);
CREATE INDEX occurrence_application_id_idx ON conversation.occurrence (application_id);
CREATE INDEX occurrence_lane_idx ON conversation.occurrence (lane);
