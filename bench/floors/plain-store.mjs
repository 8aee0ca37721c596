// @ts-check
import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** @typedef {(commands: import('./door.mjs').Command[]) => Promise<import('./door.mjs').StoredEvent[]>} Write */

/**
 * One table, one INSERT per batch: durable, and nothing else. The number that it gives is not gap-free.
 * @param {string} databaseUrl
 * @param {string} schema
 * @returns {Promise<Write>}
 */
export async function plainWriter(databaseUrl, schema) {
  const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` });
  await client.connect();
  return async (commands) => {
    const ids = commands.map(() => randomUUID());
    const { rows } = await client.query({
      name: 'insert',
      text: `INSERT INTO event (id, conversation_key, sender_id, content)
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[])
        RETURNING number, created_at`,
      values: [
        ids,
        commands.map(({ conversationKey }) => conversationKey),
        commands.map(({ senderId }) => senderId),
        commands.map(({ content }) => content),
      ],
    });
    return commands.map((command, index) => ({
      ...command,
      id: ids[index] ?? '',
      seq: Number(rows[index].number),
      timestamp: rows[index].created_at.getTime(),
    }));
  };
}
