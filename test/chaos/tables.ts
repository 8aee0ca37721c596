import { withConnection, rows } from '../../scripts/sql.mjs';

const schemas = ['conversation', 'hook_engine', 'push_notification', 'webhook_delivery'];
const consumers = ['hook_engine', 'push_notification', 'webhook_delivery'];

export interface StoredEvent {
  readonly conversationId: string;
  readonly conversationKey: string;
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly senderId: string | null;
  readonly audience: string;
  readonly content: string | null;
  readonly timestamp: number;
  readonly recipients: readonly string[];
}

export interface StoredStay {
  readonly conversationId: string;
  readonly userId: string;
  readonly joinedSeq: number;
  readonly leftSeq: number | null;
}

export interface StoredConversation {
  readonly id: string;
  readonly key: string;
  readonly lastSeq: number;
  readonly historyVisibility: 'start' | 'joined';
}

/** The platform's tables, seen past all roles. */
export class Tables {
  constructor(private readonly url: string) {}

  async json<Row>(select: string): Promise<Row[]> {
    const found = await withConnection(this.url, (connection) =>
      rows(connection, `SELECT coalesce(json_agg(found), '[]')::text FROM (${select}) AS found`),
    );
    return JSON.parse(String(found[0]![0])) as Row[];
  }

  events(): Promise<StoredEvent[]> {
    return this.json(`
      SELECT conversation.id AS "conversationId", conversation.key::text AS "conversationKey", event.seq::int AS seq,
        event.id::text AS id, event.type, event.sender_id AS "senderId", event.audience::text AS audience, event.content,
        (extract(epoch FROM event.created_at) * 1000)::bigint AS timestamp,
        coalesce((SELECT json_agg(user_id) FROM conversation.event_recipient AS recipient
          WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq), '[]') AS recipients
      FROM conversation.event AS event
      JOIN conversation.conversation AS conversation ON conversation.key = event.conversation_key
      ORDER BY event.conversation_key, event.seq`);
  }

  stays(): Promise<StoredStay[]> {
    return this.json(`
      SELECT conversation.id AS "conversationId", member.user_id AS "userId", member.joined_seq::int AS "joinedSeq",
        member.left_seq::int AS "leftSeq"
      FROM conversation.member AS member
      JOIN conversation.conversation AS conversation ON conversation.key = member.conversation_key
      WHERE member.joined_seq IS NOT NULL
      ORDER BY member.joined_seq`);
  }

  conversations(): Promise<StoredConversation[]> {
    return this.json(`
      SELECT conversation.id, conversation.key::text AS key, head.last_seq::int AS "lastSeq",
        conversation.history_visibility::text AS "historyVisibility"
      FROM conversation.conversation AS conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key`);
  }

  /** What is still on its way to somebody outside, in words; empty when all has been handed over. */
  async unfinished(): Promise<string[]> {
    const counts = [
      `SELECT 'outbox' AS what, count(*)::int AS count FROM conversation.outbox_entry WHERE published_at IS NULL`,
      ...consumers.map(
        (schema) => `SELECT '${schema} inbox', count(*)::int FROM conversation.conversation_head AS head
          WHERE head.last_seq > coalesce(
            (SELECT last_seq FROM ${schema}.inbox_lane WHERE lane = head.conversation_key), 0)`,
      ),
      ...consumers.map(
        (schema) => `SELECT '${schema} jobs', count(*)::int FROM ${schema}.job WHERE state = 'pending'`,
      ),
    ];
    const found = await this.json<{ what: string; count: number }>(counts.join(' UNION ALL '));
    return found.filter(({ count }) => count > 0).map(({ what, count }) => `${what}: ${String(count)}`);
  }

  /** Rows in which the word stands, in whatever column, as text, in JSON or as bytes. */
  async rowsWith(word: string): Promise<{ table: string; row: string }[]> {
    const tables = await this.json<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname = ANY('{${schemas.join(',')}}')`,
    );
    const bytes = Buffer.from(word, 'utf8').toString('hex');
    const searches = tables.map(
      ({ name }) => `(SELECT '${name}' AS table, searched::text AS row FROM ${name} AS searched
        WHERE strpos(searched::text, '${word}') > 0 OR strpos(searched::text, '${bytes}') > 0 LIMIT 100)`,
    );
    return this.json(searches.join(' UNION ALL '));
  }
}
