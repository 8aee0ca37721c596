import { offlineAfter, type Outages } from './outages.js';
import type { ClientRecord, Span } from './records.js';

/** What is on its way to or from a client takes at most this long (ms), even on a busy machine. */
const underway = 2_000;

/** Who was connected when, as the clients know it. */
export class Attendance {
  private readonly spans: ReadonlyMap<string, Span[]>;

  constructor(
    clients: readonly ClientRecord[],
    private readonly outages: Outages,
  ) {
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
}
