// @ts-check
import pg from 'pg';

/**
 * @param {string} databaseUrl
 * @param {number} groups
 * @param {number} groupSize users are named `user-<n>`, those of a group stand together
 */
export async function createFloorTables(databaseUrl, groups, groupSize) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const schema of ['floor_a', 'floor_b']) {
    await client.query(`
      CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.event (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id uuid NOT NULL, conversation_key bigint NOT NULL, sender_id text NOT NULL, content text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
  }
  for (const schema of ['floor_c', 'floor_d']) {
    await client.query(`
      CREATE SCHEMA ${schema};
      SET search_path = ${schema};
      CREATE TABLE head (
        conversation_key bigint PRIMARY KEY, last_seq bigint NOT NULL DEFAULT 0,
        last_timestamp timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE TABLE member (
        conversation_key bigint NOT NULL, user_id text NOT NULL, PRIMARY KEY (conversation_key, user_id)
      );
      CREATE TABLE request (
        key text PRIMARY KEY, fingerprint text NOT NULL, event_id uuid NOT NULL, expires_at timestamptz(3) NOT NULL
      );
      CREATE TABLE event (
        conversation_key bigint NOT NULL, seq bigint NOT NULL, id uuid NOT NULL UNIQUE, sender_id text NOT NULL,
        content text NOT NULL, created_at timestamptz(3) NOT NULL, PRIMARY KEY (conversation_key, seq)
      );
      CREATE TABLE outbox_entry (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        conversation_key bigint NOT NULL, seq bigint NOT NULL, created_at timestamptz(3) NOT NULL DEFAULT now(),
        published_at timestamptz(3)
      );
      CREATE INDEX ON outbox_entry (number) WHERE published_at IS NULL;
      INSERT INTO head (conversation_key) SELECT * FROM generate_series(0, ${groups - 1});
      INSERT INTO member
      SELECT number / ${groupSize}, 'user-' || number FROM generate_series(0, ${groups * groupSize - 1}) AS number`);
  }
  await client.end();
}
