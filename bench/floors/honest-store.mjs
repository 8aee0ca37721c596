// @ts-check
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const lock = `
  SELECT FROM head WHERE conversation_key = ANY($1::bigint[]) ORDER BY conversation_key FOR UPDATE`;

const append = `
  WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[])
      WITH ORDINALITY AS item(id, conversation_key, user_id, content, request_key, position)
  ), allowed AS (
    SELECT input.* FROM input JOIN member USING (conversation_key, user_id)
  ), claimed AS (
    INSERT INTO request (key, fingerprint, event_id, expires_at)
    SELECT request_key, md5(content), id, statement_timestamp() + interval '1 day' FROM allowed ORDER BY request_key
    ON CONFLICT DO NOTHING
    RETURNING event_id
  ), numbered AS (
    SELECT allowed.*, head.last_seq + row_number() OVER (PARTITION BY conversation_key ORDER BY position) AS seq,
      greatest(date_trunc('milliseconds', statement_timestamp()), head.last_timestamp) AS created_at
    FROM allowed JOIN head USING (conversation_key)
    WHERE id IN (SELECT event_id FROM claimed)
  ), stored AS (
    INSERT INTO event (conversation_key, seq, id, sender_id, content, created_at)
    SELECT conversation_key, seq, id, user_id, content, created_at FROM numbered
  ), handed_off AS (
    INSERT INTO outbox_entry (conversation_key, seq) SELECT conversation_key, seq FROM numbered
  ), advanced AS (
    UPDATE head SET last_seq = latest.seq, last_timestamp = latest.created_at
    FROM (
      SELECT conversation_key, max(seq) AS seq, max(created_at) AS created_at FROM numbered GROUP BY conversation_key
    ) AS latest
    WHERE head.conversation_key = latest.conversation_key
  )
  SELECT id, seq, created_at FROM numbered`;

/**
 * What honesty needs: a gap-free seq under a lock, the membership, the request's key, an outbox row.
 * @param {string} databaseUrl
 * @param {string} schema
 * @returns {Promise<import('./plain-store.mjs').Write>}
 */
export async function honestWriter(databaseUrl, schema) {
  const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` });
  await client.connect();
  return async (commands) => {
    const keys = commands.map(({ conversationKey }) => conversationKey);
    const ids = commands.map(() => randomUUID());
    try {
      await client.query('BEGIN');
      await client.query({ name: 'lock', text: lock, values: [[...new Set(keys)]] });
      const { rows } = await client.query({
        name: 'append',
        text: append,
        values: [
          ids,
          keys,
          commands.map(({ senderId }) => senderId),
          commands.map(({ content }) => content),
          commands.map(() => randomUUID()),
        ],
      });
      await client.query('COMMIT');
      return results(commands, ids, rows);
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  };
}

/**
 * @param {import('./door.mjs').Command[]} commands
 * @param {string[]} ids
 * @param {{id: string, seq: string, created_at: Date}[]} rows
 */
function results(commands, ids, rows) {
  const stored = new Map(rows.map((row) => [row.id, row]));
  return commands.map((command, index) => {
    const id = ids[index] ?? '';
    const row = stored.get(id);
    if (row === undefined) throw new Error('not a member');
    return { ...command, id, seq: Number(row.seq), timestamp: row.created_at.getTime() };
  });
}
