-- A lane's row comes and goes, and whoever removes it says of which version: so no version may ever come a second time.
CREATE SEQUENCE webhook_delivery.delivery_lane_version_seq OWNED BY webhook_delivery.delivery_lane.version;
SELECT setval('webhook_delivery.delivery_lane_version_seq', coalesce((SELECT max(version) FROM webhook_delivery.delivery_lane), 0) + 1000);
ALTER TABLE webhook_delivery.delivery_lane
  ALTER COLUMN version SET DEFAULT nextval('webhook_delivery.delivery_lane_version_seq');
