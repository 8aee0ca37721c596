import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { limits } from '#contracts/limits.js';
import { renewGatewayLease } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';

/** How long before its lease may be void a gateway has to let its clients go (ms). */
const fencingMargin = 2_000;
/** How old a process is, in ms, when everything else should have started. */
const startUp = 30_000;

/**
 * The lease of this gateway's present life. It is counted from the moment of asking, here by this process's clock and in
 * the database by its own; so whatever is slow on the way only shortens it, and a renewal that is worked off late, perhaps
 * after this gateway's death, prolongs nothing.
 */
@Injectable()
export class GatewayLease {
  private life = uuidv7();
  private renewedAt: number | null = null;
  private databaseClock: { readonly now: number; readonly heardAt: number } | null = null;
  private taking: Promise<unknown> | null = null;

  constructor(private readonly bus: Bus) {}

  /** New at every start and whenever the lease was lost: sessions of a former life do not come back. */
  get incarnation(): string {
    return this.life;
  }

  get isHeld(): boolean {
    return this.age < limits.leaseDuration - fencingMargin;
  }

  /** It was held, and may soon be void. */
  get hasLapsed(): boolean {
    return this.renewedAt !== null && !this.isHeld;
  }

  /** Those who renew it may still be starting: this process is young, and none of them has answered ever. */
  get isAwaitingThem(): boolean {
    return this.databaseClock === null && performance.now() < startUp;
  }

  get isDue(): boolean {
    return this.age >= limits.leaseRenewal;
  }

  /** Begins another life, which has no lease yet. */
  begin(): void {
    this.life = uuidv7();
    this.renewedAt = null;
  }

  /** Takes the lease, if it is not held already; whether that was successful is for `isHeld` to say. */
  async take(): Promise<void> {
    if (this.isHeld) return;
    this.taking ??= this.renew().finally(() => {
      this.taking = null;
    });
    await this.taking;
  }

  /**
   * Asks once; the first replica that answers is enough.
   *
   * @returns whether anybody has answered, and that the lease is not void
   */
  async renew(): Promise<'held' | 'void' | 'unanswered'> {
    const { incarnation } = this;
    const asked = performance.now();
    const clock = this.databaseClock;
    const askedAt = clock === null ? null : Math.floor(clock.now + asked - clock.heardAt);
    const [answer] = await this.bus.askAll(
      renewGatewayLease,
      { incarnation, askedAt },
      (answers) => answers.length > 0,
    );
    if (answer === undefined || incarnation !== this.life) return 'unanswered';
    if (!answer.isHeld) return 'void';
    this.databaseClock = { now: answer.now, heardAt: performance.now() };
    this.renewedAt = Math.max(asked, this.renewedAt ?? asked);
    return 'held';
  }

  /** ms since the last renewal was asked for. */
  private get age(): number {
    return this.renewedAt === null ? Infinity : performance.now() - this.renewedAt;
  }
}
