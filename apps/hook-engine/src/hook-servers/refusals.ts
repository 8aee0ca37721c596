import { limits } from '#contracts/limits.js';

/** Of one server; times in ms. */
interface Heard {
  /** What was noted last, and when. */
  readonly noted: { readonly isRefused: boolean; readonly time: number } | null;
  readonly refusedAt: number;
}

/**
 * What hook servers have answered to the calls of this process, and what of it is worth noting: nobody wants a line of the
 * log for each call when of two instances behind one address only one takes the key.
 */
export class Refusals {
  private readonly servers = new Map<string, Heard>();

  /**
   * @param now of a clock that only goes forward, in ms
   * @returns whether to note it: a refusal at once, that calls are taken when none was refused for a while; and both again
   *   after a while, as others may have noted otherwise
   */
  hear(serverId: string, isRefused: boolean, now: number): boolean {
    const { noted = null, refusedAt: before = -Infinity } = this.servers.get(serverId) ?? {};
    const refusedAt = isRefused ? now : before;
    const isOfLate = (time: number): boolean => now - time < limits.hookServerRefresh;
    const isKnown = noted?.isRefused === isRefused && isOfLate(noted.time);
    const isNew = !isKnown && (isRefused || !isOfLate(refusedAt));
    this.servers.set(serverId, { noted: isNew ? { isRefused, time: now } : noted, refusedAt });
    return isNew;
  }

  /** The next one is worth noting. */
  forget(serverId: string): void {
    this.servers.delete(serverId);
  }
}
