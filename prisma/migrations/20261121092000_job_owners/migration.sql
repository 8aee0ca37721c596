-- The application whose work it is: its targets share its part of the places. Jobs that were made before have none.
ALTER TABLE hook_engine.job ADD COLUMN owner text;
ALTER TABLE webhook_delivery.job ADD COLUMN owner text;
ALTER TABLE push_notification.job ADD COLUMN owner text;
