-- What waits and what was given up goes on as deliveries, in its order. Stop webhook-delivery before this.
INSERT INTO webhook_delivery.endpoint_state (endpoint_id)
  SELECT id FROM webhook_delivery.webhook_endpoint ON CONFLICT DO NOTHING;
INSERT INTO webhook_delivery.delivery
    (endpoint_id, lane, conversation_key, seq, event_id, type, payload, state, attempts, last_error, created_at, dead_at)
  SELECT endpoint.id, job.lane, job.lane, job.seq, job.event_id, coalesce(substring(job.payload FROM '^\{"type":"([^"]+)"'), ''), job.payload, job.state,
    least(job.attempts, 10), job.last_error, job.created_at, CASE job.state WHEN 'dead' THEN coalesce(job.finished_at, now()) END
  FROM webhook_delivery.job JOIN webhook_delivery.webhook_endpoint AS endpoint ON endpoint.id = job.target::uuid
  WHERE job.state IN ('pending', 'dead')
  ORDER BY job.lane, job.seq
  ON CONFLICT DO NOTHING;
INSERT INTO webhook_delivery.delivery_lane (endpoint_id, lane, due_at)
  SELECT DISTINCT ON (endpoint.id, job.lane) endpoint.id, job.lane, job.due_at
  FROM webhook_delivery.job JOIN webhook_delivery.webhook_endpoint AS endpoint ON endpoint.id = job.target::uuid
  WHERE job.state = 'pending'
  ORDER BY endpoint.id, job.lane, job.seq
  ON CONFLICT DO NOTHING;
DROP TABLE webhook_delivery.job;
