import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { Operation } from '#contracts/rest/operation.js';
import type { World } from '../harness/world.js';

/** Their outcome is no more than that they were done. */
const withoutAnswer = (Object.values(operations) as Operation[])
  .filter(({ answers }) => 204 in answers)
  .map(({ id }) => `'${id}'`)
  .join(', ');

/** What must be true of the tables, whatever was asked. Each gives the rows that are wrong. */
const invariants = {
  'seqs are gap-free from 1 to the last, unless the conversation is deleted': `
    SELECT head.conversation_key::text FROM conversation.conversation_head AS head
    JOIN conversation.conversation ON conversation.key = conversation_key AND deleted_at IS NULL
    LEFT JOIN conversation.event USING (conversation_key)
    GROUP BY head.conversation_key, head.last_seq
    HAVING count(event.seq) <> head.last_seq OR coalesce(max(event.seq), 0) <> head.last_seq`,
  'every event is in the outbox': `
    SELECT event.id::text FROM conversation.event
    WHERE NOT EXISTS (SELECT FROM conversation.outbox_entry AS entry
      WHERE entry.conversation_key = event.conversation_key AND entry.seq = event.seq)`,
  'nothing is in the outbox but events': `
    SELECT entry.number::text FROM conversation.outbox_entry AS entry
    WHERE NOT EXISTS (SELECT FROM conversation.event
      WHERE entry.conversation_key = event.conversation_key AND entry.seq = event.seq)`,
  'members have what their state says': `
    SELECT member.id::text FROM conversation.member JOIN conversation.conversation_head AS head USING (conversation_key)
    JOIN conversation.conversation ON conversation.key = conversation_key
    WHERE (member.state = 'joined' AND (joined_at IS NULL OR joined_seq IS NULL OR left_at IS NOT NULL))
      OR (member.state = 'left' AND (left_at IS NULL OR (left_seq IS NULL AND deleted_at IS NULL)))
      OR delivered_seq > last_seq OR read_seq > last_seq OR joined_seq > last_seq OR left_seq > last_seq`,
  'a user is in a conversation once': `
    SELECT user_id FROM conversation.member WHERE state <> 'left'
    GROUP BY conversation_key, user_id HAVING count(*) > 1`,
  'who joined or left did so by an event': `
    SELECT member.id::text FROM conversation.member
    JOIN conversation.conversation USING (application_id) WHERE conversation.key = conversation_key
      AND kind = 'group' AND member.state = 'joined' AND NOT EXISTS (SELECT FROM conversation.event
        WHERE event.conversation_key = member.conversation_key AND event.seq = member.joined_seq AND type = 'member.joined')`,
  'every request has its outcome': ['conversation', 'hook_engine', 'webhook_delivery']
    .map(
      (schema) => `
    SELECT namespace, key FROM ${schema}.request WHERE outcome = 'null'
      AND namespace ~ '^(master|installation):' AND split_part(namespace, ':', 2) NOT IN (${withoutAnswer})`,
    )
    .join(' UNION ALL '),
  'nothing crosses an application': `
    SELECT member.id::text FROM conversation.member JOIN conversation.conversation ON key = conversation_key
    WHERE member.application_id <> conversation.application_id`,
};

export async function expectInvariants({ database }: World): Promise<void> {
  for (const [promise, statement] of Object.entries(invariants))
    expect([promise, await database.sql(statement)]).toEqual([promise, []]);
}
