-- Keys that were rotated and are valid for a while longer, and applications that are being erased.
CREATE TYPE conversation.application_key AS ENUM ('masterKey', 'tokenSecret', 'appKey', 'hookKey');

CREATE TABLE conversation.application_former_key (
  id uuid PRIMARY KEY,
  application_id text NOT NULL,
  kind conversation.application_key NOT NULL,
  sealed text NOT NULL,
  valid_until timestamptz(3) NOT NULL
);
CREATE INDEX application_former_key_application_id_idx ON conversation.application_former_key (application_id, valid_until);
CREATE INDEX application_former_key_valid_until_idx ON conversation.application_former_key (valid_until);

ALTER TABLE conversation.application ADD COLUMN deleted_at timestamptz(3);
