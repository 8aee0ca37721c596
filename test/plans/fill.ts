import type { TestDatabase } from '../harness/database.js';

/** Sizes that a list or a send must not feel. */
export const large = {
  applicationId: 'large',
  users: 100_000,
  /** In 5,000 conversations. */
  busyUser: 'u1',
  /** Member of nothing but the giant conversation, since its middle; sees nothing older. */
  lateUser: 'late',
  busyConversations: 5_000,
  /** Conversation c1. */
  giantEvents: 200_000,
  lateSeq: 150_000,
} as const;

const { applicationId, users, busyConversations, giantEvents, lateSeq } = large;
const lastBusy = 1 + busyConversations;
const lastSmall = lastBusy + 50_000;

const consumers = ['hook_engine', 'push_notification', 'webhook_delivery'];
/** Of the service. */
const serviceEvents = 50_000;
const isService = `application_id = '${applicationId}' AND id = 'service'`;

/** Conversations of other applications that have expired, or were deleted. */
const ended = 20_030;

const app = `'${applicationId}'`;
const filler = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const oneLane = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa1';
const manyLanes = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa2';

/** Conversation c1 has 200,000 events, c2 to c5001 have 50 each, c5002 to c55001 have 11: 1,000,000. */
const timelines = `
  SELECT 1 AS key, ${String(giantEvents)} AS events
  UNION ALL SELECT key, 50 FROM generate_series(2, ${String(lastBusy)}) AS key
  UNION ALL SELECT key, 11 FROM generate_series(${String(lastBusy + 1)}, ${String(lastSmall)}) AS key`;

/** The tables of the timeline; in parts that may run side by side. */
const conversationParts: readonly (readonly string[])[] = [
  [
    `INSERT INTO conversation.conversation (application_id, id, number, kind, history_visibility)
     SELECT ${app}, 'c' || key, key, 'group', CASE WHEN key = 1 THEN 'joined' ELSE 'start' END::conversation.history_visibility
     FROM generate_series(1, ${String(lastSmall)}) AS key ORDER BY key`,
    // Every other conversation has an attribute, a few of them another one.
    `INSERT INTO conversation.conversation_attribute (application_id, name, value, conversation_key)
     SELECT ${app}, 'common', 'true', key FROM generate_series(2, ${String(lastSmall)}, 2) AS key
     UNION ALL SELECT ${app}, 'topic', '"topic ' || key % 1000 || '"', key FROM generate_series(2, ${String(lastSmall)}) AS key`,
    `UPDATE conversation.conversation SET attributes = '{"common":true,"topic":"topic 78"}' WHERE key = 78`,
    // An application that keeps its events for a week; all of them are older.
    `INSERT INTO conversation.application (id, name, app_key_sealed, master_key_sealed, hook_key_sealed, token_secret_sealed, event_retention_days)
     VALUES ('forgetful', 'forgetful', '', '', '', '', 7)`,
    `INSERT INTO conversation.conversation (application_id, id, number, kind, retention_due_from)
     SELECT 'forgetful', number, number, 'group', now() - interval '40 days' FROM generate_series(1, 100) AS number`,
    `INSERT INTO conversation.conversation_head (conversation_key, last_seq)
     SELECT key, 20 FROM conversation.conversation WHERE application_id = 'forgetful'`,
    `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
     SELECT key, seq, uuidv7(), 'message', 'u1', 'text', '"old"', now() - interval '40 days'
     FROM conversation.conversation, generate_series(1, 20) AS seq WHERE application_id = 'forgetful'`,
    // Some have expired, some were deleted before; most of them are purged of what they held.
    `INSERT INTO conversation.conversation (application_id, id, number, kind, expires_at)
     SELECT 'ended', 'expired' || number, number, 'temporary', now() - interval '1 minute' FROM generate_series(1, 30) AS number`,
    `INSERT INTO conversation.conversation (application_id, id, number, kind, deleted_at, purged_at)
     SELECT 'ended', 'deleted' || number, 100 + number, 'group', now() - interval '1 day',
       CASE WHEN number > 20 THEN now() END
     FROM generate_series(1, 20000) AS number`,
    `INSERT INTO conversation.conversation_head (conversation_key, state, last_seq)
     SELECT key, CASE WHEN deleted_at IS NULL THEN 'active' ELSE 'deleted' END::conversation.conversation_state, 20
     FROM conversation.conversation WHERE application_id = 'ended'`,
    `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
     SELECT key, seq, uuidv7(), 'message', 'u1', 'text', '"old"', now() - interval '40 days'
     FROM conversation.conversation, generate_series(1, 20) AS seq
     WHERE application_id = 'ended' AND deleted_at IS NOT NULL AND purged_at IS NULL`,
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     SELECT uuidv7(), key, 'ended', 'u1', 'joined', now() - interval '5 days', 1
     FROM conversation.conversation WHERE application_id = 'ended' AND purged_at IS NULL`,
    `INSERT INTO conversation.conversation_head (conversation_key, last_seq, last_timestamp)
     SELECT key, events, now() - interval '1 hour' FROM (${timelines}) AS timeline ORDER BY key`,
    // u1 in c1 to c5001, two neighbours in each, and 500 users in the giant one; one of them late.
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     SELECT uuidv7(), key, ${app}, 'u1', 'joined', now() - interval '5 days', 1
     FROM generate_series(1, ${String(lastBusy)}) AS key`,
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     SELECT uuidv7(), key, ${app}, 'u' || (2 + (key + place) % ${String(users - 1)}), 'joined', now() - interval '5 days', 1
     FROM generate_series(2, ${String(lastSmall)}) AS key, generate_series(1, 2) AS place`,
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     SELECT uuidv7(), 1, ${app}, 'u' || number, 'joined', now() - interval '5 days', 1 FROM generate_series(2, 499) AS number`,
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     VALUES (uuidv7(), 1, ${app}, 'late', 'joined', now() - interval '1 day', ${String(lateSeq)})`,
    // Whoever comes and goes leaves a row for each stay.
    `INSERT INTO conversation.member
       (id, conversation_key, application_id, user_id, state, joined_at, left_at, joined_seq, left_seq)
     SELECT uuidv7(), 1, ${app}, 'u' || number, 'left', now() - interval '6 days', now() - interval '5 days', 1, 2
     FROM generate_series(501, 20000) AS number`,
    `INSERT INTO conversation.gateway_lease (incarnation, renewed_at)
     SELECT ('bbbbbbbb-bbbb-4bbb-8bbb-' || lpad(number::text, 12, '0'))::uuid, now() + interval '1 hour'
     FROM generate_series(1, 10) AS number`,
    `INSERT INTO conversation.session (id, application_id, user_id, incarnation, dialect, epoch)
     SELECT uuidv7(), ${app}, 'u' || (2 + number), ('bbbbbbbb-bbbb-4bbb-8bbb-' || lpad((1 + number % 10)::text, 12, '0'))::uuid, 'native', 1
     FROM generate_series(1, 20000) AS number`,
    `INSERT INTO conversation.conversation (application_id, id, number, kind, join_rule) VALUES (${app}, 'room', 900000, 'room', 'open')`,
    `INSERT INTO conversation.conversation_head (conversation_key, last_seq)
     SELECT key, 0 FROM conversation.conversation WHERE application_id = ${app} AND id = 'room'`,
    // A service with 50,000 subscribers, as many inquiries, and 1,000 announcements.
    `INSERT INTO conversation.conversation (application_id, id, number, kind, join_rule) VALUES (${app}, 'service', 900001, 'system', 'open')`,
    `INSERT INTO conversation.conversation_head (conversation_key, last_seq, subscribers)
     SELECT key, ${String(serviceEvents)}, 50000 FROM conversation.conversation WHERE ${isService}`,
    ...consumers.map(
      (schema) =>
        `INSERT INTO ${schema}.inbox_lane (lane, last_seq)
         SELECT key, ${String(serviceEvents)} FROM conversation.conversation WHERE ${isService}`,
    ),
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     SELECT uuidv7(), key, ${app}, 'u' || place, 'joined', now() - interval '5 days', 0
     FROM conversation.conversation, generate_series(1, 50000) AS place WHERE ${isService}`,
    `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, audience, content_type, content, created_at)
     SELECT key, seq, uuidv7(), 'message', 'u' || (1 + seq % 50000),
       CASE WHEN seq % 50 = 0 THEN 'everyone' ELSE 'listed' END::conversation.event_audience, 'text', '"hello"', now() - interval '5 days'
     FROM conversation.conversation, generate_series(1, ${String(serviceEvents)}) AS seq WHERE ${isService}`,
    `INSERT INTO conversation.event_recipient (conversation_key, seq, user_id)
     SELECT key, seq, reader FROM conversation.conversation, generate_series(1, ${String(serviceEvents)}) AS seq,
       LATERAL (VALUES ('u' || (1 + seq % 50000)), (CASE WHEN seq % 50 = 0 THEN ':everyone' ELSE ':service' END)) AS readers(reader)
     WHERE ${isService}`,
    `INSERT INTO conversation.room_attendance (conversation_key, user_id, session_id, application_id)
     SELECT conversation.key, session.user_id, session.id, ${app} FROM conversation.conversation, conversation.session
     WHERE conversation.application_id = ${app} AND conversation.id = 'room'`,
    `INSERT INTO conversation.conversation_block (conversation_key, user_id, expires_at)
     SELECT CASE WHEN number <= 500 THEN 1 ELSE number END, 'b' || number,
       CASE WHEN number % 20 = 0 THEN now() - interval '1 minute' END
     FROM generate_series(1, 20000) AS number`,
    // u2 is blocked by many, u1 has blocked many.
    `INSERT INTO conversation.user_block (application_id, user_id, blocked_user_id)
     SELECT ${app}, 'u' || number, 'u2' FROM generate_series(1000, 10000) AS number
     UNION ALL SELECT ${app}, 'u1', 'u' || number FROM generate_series(1000, 10000) AS number`,
  ],
  [
    // Every tenth event of the giant conversation is for a few only.
    `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, audience, content_type, content, created_at)
     SELECT key, seq, uuidv7(), 'message', 'u' || (1 + seq % 400),
       CASE WHEN key = 1 AND seq % 10 = 0 THEN 'listed' ELSE 'everyone' END::conversation.event_audience,
       'text', '"hello"', now() - interval '5 days' + seq * interval '1 millisecond'
     FROM (${timelines}) AS timeline, generate_series(1, events) AS seq`,
    `INSERT INTO conversation.event_recipient (conversation_key, seq, user_id)
     SELECT 1, seq, 'u' || (2 + seq % 7) FROM generate_series(10, ${String(giantEvents)}, 10) AS seq`,
    // One file in a message each of 60 conversations, others in one message, some due, some of them in none.
    `INSERT INTO conversation.file (id, application_id, owner_id, description, due_at)
     SELECT ('00000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid, ${app}, 'u8',
       '{"name":"a.txt","contentType":"text/plain","size":6,"sha256":"x"}',
       CASE WHEN number % 50 = 0 THEN now() - interval '1 minute' END
     FROM generate_series(1, 50000) AS number`,
    `INSERT INTO conversation.event_file (conversation_key, seq, file_id)
     SELECT key, 5, '00000000-0000-4000-8000-000000000001'::uuid FROM generate_series(2, 61) AS key
     UNION ALL
     SELECT number + 1000, 6, ('00000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid
     FROM generate_series(2, 49000) AS number`,
    `INSERT INTO conversation.file_removal (file_id, application_id, created_at)
     SELECT uuidv7(), ${app}, now() - number * interval '1 second' FROM generate_series(1, 2000) AS number`,
    `UPDATE conversation.event SET expires_at = now() - interval '1 minute'
     WHERE conversation_key BETWEEN 40000 AND 40100 AND seq < 5`,
    `INSERT INTO conversation.request (application_id, namespace, key, fingerprint, event_id, outcome, expires_at)
     SELECT ${app}, 'user:u' || (number % 1000), 'key-' || number, 'fingerprint', NULL, '{"outcome":"dropped"}',
       now() + CASE WHEN number <= 6000 THEN interval '-1 hour' ELSE interval '1 day' END
     FROM generate_series(1, 100000) AS number`,
  ],
  [
    `INSERT INTO conversation."user" (application_id, id)
     SELECT ${app}, 'u' || number FROM generate_series(1, ${String(users)}) AS number UNION ALL SELECT ${app}, 'late'`,
    // Handed over; some of it so long ago that it is swept.
    `INSERT INTO conversation.outbox_entry (conversation_key, seq, origin, created_at, published_at)
     SELECT 1, seq, '{"address":null,"dialect":"native"}', created_at, created_at
     FROM generate_series(${String(giantEvents - 20_000)}, ${String(giantEvents)}) AS seq,
       LATERAL (SELECT now() - CASE WHEN seq <= ${String(giantEvents - 14_000)} THEN interval '8 days' ELSE interval '5 days' END AS created_at)`,
    ...consumers.flatMap((schema) => [
      `INSERT INTO ${schema}.inbox_lane (lane, last_seq)
       SELECT key, events FROM (${timelines}) AS timeline UNION ALL SELECT key, 20 FROM generate_series(${String(lastSmall + 1)}, ${String(lastSmall + 100 + ended)}) AS key`,
    ]),
    ...['hook_engine', 'push_notification'].flatMap((schema) => [
      `INSERT INTO ${schema}.job (target, lane, seq, event_id, payload, state, finished_at)
       SELECT '${filler}', key, 1, uuidv7(), '{}', 'done', now() - CASE WHEN key <= 6000 THEN interval '30 days' ELSE interval '1 hour' END
       FROM generate_series(1, 55000) AS key`,
    ]),
    ...['hook_engine', 'webhook_delivery'].map(
      (
        schema,
      ) => `INSERT INTO ${schema}.request (application_id, namespace, key, fingerprint, outcome, expires_at)
       SELECT ${app}, 'master:x', 'key-' || number, 'fingerprint', '{}',
         now() + CASE WHEN number <= 6000 THEN interval '-1 hour' ELSE interval '1 day' END
       FROM generate_series(1, 20000) AS number`,
    ),
    `INSERT INTO hook_engine.hook (id, application_id, name, url, secret_sealed, position, deadline)
     SELECT uuidv7(), 'other' || number, 'messageReceived', 'http://127.0.0.1:1/', '', 0, 1000 FROM generate_series(1, 10000) AS number`,
    `INSERT INTO webhook_delivery.webhook_endpoint (id, application_id, url, secret_sealed)
     SELECT uuidv7(), 'other' || number, 'http://127.0.0.1:1/', '' FROM generate_series(1, 10000) AS number`,
    // Of two that are away: one conversation waits, and very many do.
    `INSERT INTO webhook_delivery.webhook_endpoint (id, application_id, url, secret_sealed, signatures)
     SELECT id::uuid, 'waiting', 'http://127.0.0.1:1/', '', '{}' FROM unnest(ARRAY['${oneLane}', '${manyLanes}']) AS id`,
    `INSERT INTO webhook_delivery.endpoint_state (endpoint_id) SELECT id FROM webhook_delivery.webhook_endpoint`,
    `INSERT INTO webhook_delivery.delivery (endpoint_id, lane, conversation_key, seq, event_id, type, payload)
     SELECT endpoint_id::uuid, CASE endpoint_id WHEN '${oneLane}' THEN 1 ELSE number END, number, number, uuidv7(), 'message', '{}'
     FROM unnest(ARRAY['${oneLane}', '${manyLanes}']) AS endpoint_id, generate_series(1, 20000) AS number`,
    `INSERT INTO webhook_delivery.delivery_lane (endpoint_id, lane, due_at)
     SELECT DISTINCT endpoint_id, lane, now() - lane * interval '1 millisecond' FROM webhook_delivery.delivery`,
    `INSERT INTO webhook_delivery.delivery (endpoint_id, lane, event_id, type, payload, state, dead_at)
     SELECT '${oneLane}', 1, uuidv7(), 'message', '{}', 'dead', now() - CASE WHEN number <= 6000 THEN interval '40 days' ELSE interval '1 day' END
     FROM generate_series(1, 12000) AS number`,
    `INSERT INTO webhook_delivery.attempt (id, place, endpoint_id, event_id, message_id, number, started_at, duration, outcome, events)
     SELECT uuidv7(CASE WHEN number <= 6000 THEN interval '-10 days' ELSE interval '-1 day' END), 0, '${manyLanes}', uuidv7(), 'id', 1,
       now(), 5, 'succeeded', 1
     FROM generate_series(1, 20000) AS number`,
    `INSERT INTO push_notification.push_notification (application_id, user_id, conversation_id, event_id, provider, payload)
     SELECT ${app}, 'u' || (2 + number / 3), 'c1', uuidv7(), 'log', '{"title":"t","body":"b"}'
     FROM generate_series(1, 100000) AS number`,
  ],
];

/** Fills an empty database as a busy year would, with all constraints and indexes in place. */
export async function fill(database: TestDatabase): Promise<void> {
  await Promise.all(
    conversationParts.map(async (part) => {
      for (const statement of part) await database.sql(statement);
    }),
  );
  await database.sql('ANALYZE');
}
