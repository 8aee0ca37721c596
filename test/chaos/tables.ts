import { Tables } from '../harness/tables.js';

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
  /** Of the event that it is about. */
  readonly targetSeq: number | null;
}

export interface StoredStay {
  readonly conversationId: string;
  readonly userId: string;
  readonly joinedSeq: number;
  readonly leftSeq: number | null;
  readonly deliveredSeq: number;
  readonly readSeq: number;
}

export interface StoredConversation {
  readonly id: string;
  readonly key: string;
  readonly lastSeq: number;
  readonly historyVisibility: 'start' | 'joined';
  readonly receiptsAsEvents: boolean;
}

/** A transition of a session. */
export interface SessionChange {
  readonly sessionId: string;
  readonly userId: string;
  readonly incarnation: string;
  readonly epoch: number;
  readonly isOnline: boolean;
  readonly reason: string | null;
  readonly at: number;
}

/** Of a gateway's life. */
export interface Lease {
  readonly incarnation: string;
  /** When it was handed over what its clients may have missed. */
  readonly settledAt: number | null;
}

export interface Notification {
  readonly eventId: string;
  readonly userId: string;
  readonly createdAt: number;
}

/** A message that somebody missed: whom to notify was decided no later than its job was made. */
export interface NotifyingJob {
  readonly conversationKey: string;
  readonly seq: number;
  readonly createdAt: number;
}

/** Up to where of a conversation it was decided whom to notify. */
export interface NotifyingProgress {
  readonly conversationKey: string;
  readonly seq: number;
}

/** What a run leaves in the tables. */
export class RunTables extends Tables {
  events(): Promise<StoredEvent[]> {
    return this.json(`
      SELECT conversation.id AS "conversationId", conversation.key::text AS "conversationKey", event.seq::int AS seq,
        event.id::text AS id, event.type, event.sender_id AS "senderId", event.audience::text AS audience, event.content,
        ${milliseconds('event.created_at')} AS timestamp, event.target_seq::int AS "targetSeq",
        coalesce((SELECT json_agg(user_id) FROM conversation.event_recipient AS recipient
          WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq), '[]') AS recipients
      FROM conversation.event AS event
      JOIN conversation.conversation AS conversation ON conversation.key = event.conversation_key
      ORDER BY event.conversation_key, event.seq`);
  }

  stays(): Promise<StoredStay[]> {
    return this.json(`
      SELECT conversation.id AS "conversationId", member.user_id AS "userId", member.joined_seq::int AS "joinedSeq",
        member.left_seq::int AS "leftSeq", greatest(member.delivered_seq, member.joined_seq)::int AS "deliveredSeq",
        greatest(member.read_seq, member.joined_seq)::int AS "readSeq"
      FROM conversation.member AS member
      JOIN conversation.conversation AS conversation ON conversation.key = member.conversation_key
      WHERE member.joined_seq IS NOT NULL
      ORDER BY member.joined_seq`);
  }

  conversations(): Promise<StoredConversation[]> {
    return this.json(`
      SELECT conversation.id, conversation.key::text AS key, head.last_seq::int AS "lastSeq",
        conversation.history_visibility::text AS "historyVisibility", conversation.receipts_as_events AS "receiptsAsEvents"
      FROM conversation.conversation AS conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key`);
  }

  sessionChanges(): Promise<SessionChange[]> {
    return this.json(`
      SELECT session_id::text AS "sessionId", user_id AS "userId", incarnation::text, epoch, kind = 'online' AS "isOnline", reason::text,
        ${milliseconds('at')} AS at
      FROM conversation.session_change
      ORDER BY session_id, epoch`);
  }

  leases(): Promise<Lease[]> {
    return this.json(`
      SELECT incarnation::text, ${milliseconds('settled_at')} AS "settledAt" FROM conversation.gateway_lease`);
  }

  notifications(): Promise<Notification[]> {
    return this.json(`
      SELECT event_id::text AS "eventId", user_id AS "userId", ${milliseconds('created_at')} AS "createdAt"
      FROM push_notification.push_notification`);
  }

  notifyingJobs(): Promise<NotifyingJob[]> {
    return this.json(`
      SELECT lane::text AS "conversationKey", seq, ${milliseconds('created_at')} AS "createdAt"
      FROM push_notification.job`);
  }

  notifyingProgress(): Promise<NotifyingProgress[]> {
    return this.json(`
      SELECT lane::text AS "conversationKey", last_seq AS seq FROM push_notification.inbox_lane`);
  }

  /** Rows in the shapes of JSON: numbers as numbers, whatever PostgreSQL calls them. */
  private async json<Row>(select: string): Promise<Row[]> {
    const [found] = await this.sql(
      `SELECT coalesce(json_agg(row), '[]')::text AS rows FROM (${select}) AS row`,
    );
    return JSON.parse(String(found?.['rows'])) as Row[];
  }
}

const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`;
