/**
 * Which replicas of another app may hold a copy that they still trust. A replica that was heard less than a lease ago
 * may; so may unknown ones, until this one has listened for a whole lease without a gap.
 *
 * Times are in ms on one monotonic clock.
 */
export class CopyHolders {
  private readonly heardAt = new Map<string, number>();

  constructor(
    private readonly lease: number,
    private listeningSince: number,
  ) {}

  heard(replica: string, now: number): void {
    this.heardAt.set(replica, now);
  }

  /** Renewals may have gone by unheard until now. */
  missedSome(now: number): void {
    this.listeningSince = now;
  }

  /** Have all who may hold a copy acknowledged? False while nobody can know who they are. */
  areAmong(acknowledged: ReadonlySet<string>, now: number): boolean {
    if (now - this.listeningSince < this.lease) return false;
    for (const [replica, heardAt] of this.heardAt) {
      if (now - heardAt >= this.lease) this.heardAt.delete(replica);
    }
    return [...this.heardAt.keys()].every((replica) => acknowledged.has(replica));
  }
}
