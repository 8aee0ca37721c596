-- Webhooks as their owners set them up.
ALTER TABLE webhook_delivery.webhook_endpoint
  ADD COLUMN description text,
  ADD COLUMN conversation_kinds text[] NOT NULL DEFAULT '{}',
  ADD COLUMN conversation_id text,
  ADD COLUMN format text NOT NULL DEFAULT 'single',
  ADD COLUMN batch_size integer NOT NULL DEFAULT 1,
  ADD COLUMN linger integer NOT NULL DEFAULT 0,
  ADD COLUMN ordering text NOT NULL DEFAULT 'conversation',
  ADD COLUMN concurrency integer NOT NULL DEFAULT 8,
  ADD COLUMN rate_limit integer,
  ADD COLUMN signatures text[] NOT NULL DEFAULT '{v1}',
  ADD COLUMN former_secret_sealed text,
  ADD COLUMN former_secret_until timestamptz(3),
  ADD COLUMN key_sealed text,
  ADD COLUMN public_key text,
  ADD COLUMN former_key_sealed text,
  ADD COLUMN former_public_key text,
  ADD COLUMN former_key_until timestamptz(3),
  ADD COLUMN disabled_reason text,
  ADD COLUMN disabled_at timestamptz(3),
  ADD COLUMN deleted_at timestamptz(3),
  ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE INDEX webhook_endpoint_deleted ON webhook_delivery.webhook_endpoint (deleted_at) WHERE deleted_at IS NOT NULL;

-- Which replica works for an endpoint, and how its receiver is: apart from its settings, because it changes all the time.
CREATE TABLE webhook_delivery.endpoint_state (
  endpoint_id uuid NOT NULL,
  holder uuid,
  leased_until timestamptz(3),
  paused_until timestamptz(3),
  pause_reason text,
  failures integer NOT NULL DEFAULT 0,
  openings integer NOT NULL DEFAULT 0,
  throttles integer NOT NULL DEFAULT 0,
  failing_since timestamptz(3),
  CONSTRAINT endpoint_state_pkey PRIMARY KEY (endpoint_id),
  CONSTRAINT endpoint_state_endpoint_id_fkey FOREIGN KEY (endpoint_id)
    REFERENCES webhook_delivery.webhook_endpoint (id) ON DELETE CASCADE ON UPDATE CASCADE
) WITH (fillfactor = 50);
INSERT INTO webhook_delivery.endpoint_state (endpoint_id) SELECT id FROM webhook_delivery.webhook_endpoint;

-- What an endpoint has still to get, or will not get any more. No foreign key: 100,000 of them go in portions.
CREATE TABLE webhook_delivery.delivery (
  id bigserial NOT NULL,
  endpoint_id uuid NOT NULL,
  lane bigint NOT NULL,
  conversation_key bigint,
  seq bigint,
  event_id uuid NOT NULL,
  type text NOT NULL,
  payload text NOT NULL,
  state text NOT NULL DEFAULT 'pending',
  attempts integer NOT NULL DEFAULT 0,
  batch uuid,
  last_error text,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  dead_at timestamptz(3),
  CONSTRAINT delivery_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX delivery_event ON webhook_delivery.delivery (endpoint_id, event_id);
CREATE INDEX delivery_pending ON webhook_delivery.delivery (endpoint_id, lane, id) WHERE state = 'pending';
CREATE INDEX delivery_dead ON webhook_delivery.delivery (endpoint_id, id) WHERE state = 'dead';
CREATE INDEX delivery_dead_at ON webhook_delivery.delivery (dead_at) WHERE state = 'dead';
CREATE INDEX delivery_batch ON webhook_delivery.delivery (batch) WHERE batch IS NOT NULL AND state = 'pending';

-- Exists while (endpoint, lane) has pending deliveries, and says when its first one is due; without any it is harmless.
CREATE TABLE webhook_delivery.delivery_lane (
  endpoint_id uuid NOT NULL,
  lane bigint NOT NULL,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  version bigint NOT NULL DEFAULT 1,
  CONSTRAINT delivery_lane_pkey PRIMARY KEY (endpoint_id, lane)
) WITH (fillfactor = 70);
CREATE INDEX delivery_lane_due ON webhook_delivery.delivery_lane (endpoint_id, due_at);

-- One row per POST and delivery in it; that of place 0 stands for the POST. Ids are in the order of time.
CREATE TABLE webhook_delivery.attempt (
  id uuid NOT NULL,
  place smallint NOT NULL,
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  message_id text NOT NULL,
  number integer NOT NULL,
  started_at timestamptz(3) NOT NULL,
  duration integer NOT NULL,
  status integer,
  outcome text NOT NULL,
  failure text,
  events smallint NOT NULL,
  answer text NOT NULL DEFAULT '',
  test boolean NOT NULL DEFAULT false,
  CONSTRAINT attempt_pkey PRIMARY KEY (id, place)
);
CREATE INDEX attempt_of_endpoint ON webhook_delivery.attempt (endpoint_id, id) WHERE place = 0;
CREATE INDEX attempt_of_event ON webhook_delivery.attempt (endpoint_id, event_id);

-- Ranges of events that are delivered once more.
CREATE TABLE webhook_delivery.replay (
  id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  what text NOT NULL,
  from_at timestamptz(3) NOT NULL,
  to_at timestamptz(3) NOT NULL,
  conversation_id text,
  cursor text,
  state text NOT NULL DEFAULT 'running',
  looked bigint NOT NULL DEFAULT 0,
  queued bigint NOT NULL DEFAULT 0,
  leased_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at timestamptz(3),
  CONSTRAINT replay_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX replay_running ON webhook_delivery.replay (endpoint_id) WHERE state = 'running';
CREATE INDEX replay_of_endpoint ON webhook_delivery.replay (endpoint_id, id);
