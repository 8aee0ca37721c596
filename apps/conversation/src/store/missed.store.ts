import { Injectable } from '@nestjs/common';
import type { MissedEvent } from '#contracts/push.js';
import { Database } from '#platform/database/database.js';
import { eventColumns, liveEventOf, weightOf, type EventRow } from './event-row.js';
import { isIn } from './is-in.js';
import { isLiving } from './leases.store.js';
import { handedOver } from './stream-event-row.js';

/** A void lease to settle: what its clients may have missed has these numbers in the outbox, `after` exclusive. */
export interface VoidLease {
  readonly incarnation: string;
  readonly hasLostSessions: boolean;
  readonly after: bigint;
  readonly upTo: bigint;
}

/** A message with whom to notify of it, and about how many bytes that takes on the wire. */
export interface WeighedEvent {
  readonly missed: MissedEvent;
  readonly weight: number;
}

type MissedRow = EventRow & {
  readonly application_id: string;
  readonly conversation_kind: MissedEvent['conversationKind'];
  readonly user_ids: string[];
};

/** A replica that died leaves its lease to another after this long (ms); longer than working off one portion takes. */
const claimDuration = 10_000;

/**
 * What the clients of a gateway that went away may have missed: while its lease was not void yet, they counted as
 * connected, and nobody notified them. What was stored before the last renewals of the lease the gateway has delivered,
 * and what is stored after its end finds them absent.
 */
@Injectable()
export class MissedStore {
  constructor(private readonly database: Database) {}

  /** A void lease, all of whose sessions are closed, for this replica to settle; null when there is none. */
  async claim(): Promise<VoidLease | null> {
    const rows = await this.database.client.$queryRaw<VoidLease[]>`
      WITH chosen AS (
        SELECT incarnation FROM conversation.gateway_lease AS lease
        WHERE voided_at IS NOT NULL AND settled_at IS NULL AND (worked_until IS NULL OR worked_until < now())
          AND (
            SELECT true FROM conversation.session
            WHERE session.incarnation = lease.incarnation AND closed_at IS NULL
            LIMIT 1
          ) IS NULL
        ORDER BY voided_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED
      )
      UPDATE conversation.gateway_lease AS lease
      SET worked_until = now() + ${claimDuration}::float8 * interval '1 millisecond'
      FROM chosen WHERE lease.incarnation = chosen.incarnation
      RETURNING lease.incarnation::text, missed_number AS after, missed_up_to AS "upTo", EXISTS (
        SELECT FROM conversation.session
        WHERE session.incarnation = lease.incarnation AND closed_reason IN ('fenced', 'lease_lost')
      ) AS "hasLostSessions"`;
    return rows[0] ?? null;
  }

  /**
   * The messages with these numbers in the outbox that those who lost their session with the gateway may see: each with
   * whom of them to notify, because they are absent now and have not muted the conversation.
   */
  async between(incarnation: string, after: bigint, upTo: bigint): Promise<WeighedEvent[]> {
    // LIMIT in the look-ups keeps PostgreSQL from reading all sessions of an application instead of one user's.
    const rows = await this.database.client.$queryRaw<
      { conversation_key: bigint; seq: bigint; origin: string; user_ids: string[] | null }[]
    >`
      SELECT entry.conversation_key, entry.seq, entry.origin, (
        SELECT array_agg(recipient.user_id) FROM (
          SELECT member.user_id FROM conversation.member
          WHERE event.audience = 'everyone' AND conversation.kind <> 'system' AND member.conversation_key = event.conversation_key
            AND ${isIn()} AND member.joined_seq <= event.seq
          UNION ALL
          SELECT listed.user_id FROM conversation.event_recipient AS listed
          WHERE event.audience = 'listed' AND listed.conversation_key = event.conversation_key
            AND listed.seq = event.seq
        ) AS recipient
        WHERE recipient.user_id <> event.sender_id
          AND (
            SELECT true FROM conversation.session
            WHERE session.incarnation = ${incarnation}::uuid
              AND session.application_id = conversation.application_id AND session.user_id = recipient.user_id
              AND closed_reason IN ('fenced', 'lease_lost')
            LIMIT 1
          )
          AND (
            SELECT true FROM conversation.session
            JOIN conversation.gateway_lease AS lease USING (incarnation)
            WHERE session.application_id = conversation.application_id AND session.user_id = recipient.user_id
              AND session.closed_at IS NULL AND ${isLiving}
            LIMIT 1
          ) IS NULL
          AND (
            SELECT true FROM conversation.member
            WHERE member.conversation_key = event.conversation_key AND member.user_id = recipient.user_id
              AND member.state <> 'left' AND member.muted
          ) IS NULL
      ) AS user_ids
      FROM conversation.outbox_entry AS entry
      JOIN conversation.conversation ON conversation.key = entry.conversation_key
      JOIN conversation.event ON event.conversation_key = entry.conversation_key AND event.seq = entry.seq
      WHERE entry.number > ${after} AND entry.number <= ${upTo} AND event.type = 'message'`;
    const missed = rows.flatMap((row) => (row.user_ids === null ? [] : [{ ...row, user_ids: row.user_ids }]));
    return missed.length === 0 ? [] : this.read(missed);
  }

  /** Everything up to here has been told, for good; and the lease stays with this replica. */
  async advance(incarnation: string, end: bigint): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.gateway_lease
      SET missed_number = greatest(missed_number, ${end}), worked_until = now() + ${claimDuration}::float8 * interval '1 millisecond'
      WHERE incarnation = ${incarnation}::uuid`;
  }

  async settle(incarnation: string): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.gateway_lease SET settled_at = now()
      WHERE incarnation = ${incarnation}::uuid AND settled_at IS NULL`;
  }

  private async read(
    missed: readonly { conversation_key: bigint; seq: bigint; origin: string; user_ids: string[] }[],
  ): Promise<WeighedEvent[]> {
    const rows = await this.database.client.$queryRaw<MissedRow[]>`
      SELECT ${eventColumns}, conversation.application_id, conversation.kind::text AS conversation_kind
      FROM unnest(
        ${missed.map((one) => String(one.conversation_key))}::bigint[],
        ${missed.map(({ seq }) => String(seq))}::bigint[]
      ) AS wanted(conversation_key, seq)
      JOIN conversation.event USING (conversation_key, seq)
      JOIN conversation.conversation ON conversation.key = event.conversation_key
      ORDER BY event.conversation_key, event.seq`;
    const told = new Map(missed.map((one) => [positionOf(one), one]));
    return rows.flatMap((row) => {
      const { event } = liveEventOf(row);
      const { user_ids: userIds = [], origin = '{}' } = told.get(positionOf(row)) ?? {};
      const { push } = handedOver(origin);
      if (event.type !== 'message' || event.content.type === 'recalled') return [];
      const { application_id: applicationId, conversation_kind: conversationKind } = row;
      return [
        {
          missed: { applicationId, conversationKind, event, userIds, ...(push && { push }) },
          weight: weightOf(row) + 3 * userIds.join().length + (push ? origin.length * 3 : 0),
        },
      ];
    });
  }
}

function positionOf(row: { readonly conversation_key: bigint; readonly seq: bigint }): string {
  return `${String(row.conversation_key)}/${String(row.seq)}`;
}
