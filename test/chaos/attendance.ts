import { offlineAfter, type Outages } from './outages.js';
import type { RunRecords, Span } from './records.js';
import type { SessionChange } from './tables.js';

/** What is on its way to or from a client takes at most this long (ms), even on a busy machine. */
const underway = 2_000;
/** Two statements that overlap may be committed in another order than they have begun, this far (ms) apart at most. */
const overlap = 1_000;

/** Who was connected when, as the clients know it. */
export class Attendance {
  private readonly spans: ReadonlyMap<string, Span[]>;
  /** Of each session that is offline, how it came to be. */
  private readonly ends: ReadonlyMap<string, SessionChange>;
  /** Of each lease that was lost, until when what its clients may have missed was handed over. */
  private readonly settled: ReadonlyMap<string, number | null>;

  constructor(
    { clients, sessionChanges, leases }: Pick<RunRecords, 'clients' | 'sessionChanges' | 'leases'>,
    private readonly outages: Outages,
  ) {
    this.ends = new Map(
      sessionChanges.filter(({ isOnline }) => !isOnline).map((change) => [change.sessionId, change]),
    );
    this.settled = new Map(leases.map(({ incarnation, settledAt }) => [incarnation, settledAt]));
    const all = clients.flatMap(({ user, spans }) => spans.map((span) => ({ userId: user.id, span })));
    this.spans = new Map(
      [...Map.groupBy(all, ({ userId }) => userId)].map(([userId, some]) => [
        userId,
        some.map(({ span }) => span),
      ]),
    );
  }

  spansOf(userId: string): readonly Span[] {
    return this.spans.get(userId) ?? [];
  }

  /** The connection that lasted all this time, at a gateway to which nothing happened that could make it seem dead. */
  steady(userId: string, from: number, to: number): Span | undefined {
    return this.spansOf(userId).find((span) => this.isSteady(span, from, to));
  }

  isSteady({ gateway, readyAt, closedAt }: Span, from: number, to: number): boolean {
    return (
      readyAt !== undefined &&
      readyAt <= from &&
      (closedAt ?? Infinity) >= to + underway &&
      !this.outages.disturbed(gateway, from - offlineAfter, to)
    );
  }

  /** Not connected at any time between these, and long enough before that the platform has to know it. */
  isAway(userId: string, from: number, to: number): boolean {
    return this.spansOf(userId).every(
      ({ openedAt, closedAt }) =>
        openedAt > to || (closedAt !== undefined && this.outages.offlineDeadline(closedAt) < from),
    );
  }

  /**
   * Not connected at this time, and not back when it was decided what that means. Who was lost with a gateway seems to be
   * connected for a while: for them that is decided when their lease is settled.
   *
   * @returns when it was decided; null for somebody who was, or may have seemed to be, connected
   */
  absentUntil(userId: string, at: number, decidedAt: number): number | null {
    let until = decidedAt;
    const spans = this.spansOf(userId);
    for (const span of spans.filter(({ openedAt }) => openedAt <= at)) {
      if (span.closedAt === undefined || span.closedAt >= at) return null;
      if (this.outages.offlineDeadline(span.closedAt) < at) continue;
      const end = this.ends.get(span.sessionId ?? '');
      if (end === undefined) return null;
      if (end.at + overlap < at && !this.outages.disturbed('postgres', end.at, at)) continue;
      const settledAt = isLost(end) ? this.settled.get(end.incarnation) : undefined;
      if (typeof settledAt !== 'number') return null;
      until = Math.max(until, settledAt);
    }
    return spans.every(({ openedAt }) => openedAt <= at || openedAt > until) ? until : null;
  }
}

const isLost = ({ reason }: SessionChange): boolean => reason === 'fenced' || reason === 'lease_lost';
