-- A notification quotes its message, and is forgotten when that has expired.
ALTER TABLE push_notification.push_notification ADD COLUMN expires_at timestamptz(3);
CREATE INDEX push_notification_expiring ON push_notification.push_notification (expires_at) WHERE expires_at IS NOT NULL;
