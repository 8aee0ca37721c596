import { Injectable } from '@nestjs/common';
import { sessionOccurrence, type SessionOccurrence } from '#contracts/occurrences.js';
import { closingOf, type SessionEnd } from '#domain/sessions/close-code.js';
import { Database } from '#platform/database/database.js';

/** With the longest texts far below the limit of a payload. */
const atOnce = 200;

interface Row {
  readonly number: bigint;
  readonly session_id: string;
  readonly epoch: number;
  readonly kind: 'online' | 'offline';
  readonly reason: SessionEnd | null;
  readonly detail: string | null;
  readonly reconnect: boolean;
  readonly application_id: string;
  readonly user_id: string;
  readonly dialect: string;
  readonly tag: string | null;
  readonly address: string | null;
  readonly at: Date;
}

/** The log of sessions as hooks are told of it. */
@Injectable()
export class SessionChangesStore {
  constructor(private readonly database: Database) {}

  /**
   * What these applications have not been told since then, in their order; of each session they are its first untold changes
   * without a gap: the time of a session's log never goes back, and a session is closed after its opening was committed.
   */
  async take(
    applications: readonly { readonly applicationId: string; readonly since: number }[],
  ): Promise<SessionOccurrence[]> {
    const rows = await this.database.client.$queryRaw<Row[]>`
      SELECT change.number, change.session_id::text, change.epoch, change.kind::text AS kind,
        change.reason::text AS reason, change.detail, change.reconnect, change.application_id, change.user_id,
        change.dialect, change.tag, change.address, change.at
      FROM unnest(
        ${applications.map(({ applicationId }) => applicationId)}::text[],
        ${applications.map(({ since }) => new Date(since))}::timestamptz[]
      ) WITH ORDINALITY AS asked(application_id, since, position)
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.session_change AS own
        WHERE own.application_id = asked.application_id AND NOT own.is_told AND own.at >= asked.since
        ORDER BY own.at, own.number LIMIT ${atOnce}
      ) AS change
      ORDER BY asked.position, change.at, change.number
      LIMIT ${atOnce}`;
    return rows.map(occurrenceOf);
  }

  async confirm(numbers: readonly number[]): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.session_change SET is_told = true
      WHERE number = ANY (${numbers.map(String)}::bigint[]) AND NOT is_told`;
  }
}

function occurrenceOf(row: Row): SessionOccurrence {
  const { application_id: applicationId, user_id: userId, session_id: id, epoch, dialect, tag } = row;
  const closing = row.reason === null ? null : closingOf(row.reason, row.detail);
  // Nobody has sent anything when a connection is lost.
  const address = closing?.closeCode === 2 ? null : row.address;
  const about = {
    ...{ applicationId, timestamp: row.at.getTime(), userId },
    session: { id, epoch, dialect, tag, address },
  };
  return sessionOccurrence.parse({
    number: Number(row.number),
    request:
      closing === null
        ? { hook: 'clientOnline', ...about, reconnect: row.reconnect }
        : { hook: 'clientOffline', ...about, ...closing },
  });
}
