import type { Stock } from './hand.js';

/** POSTs at once of this process, of all applications and of each. */
const posts = { inAll: 2_048, perApplication: 256 };
/** What all runners may have read and not worked off, and those of one application: slow receivers leave room to others. */
const stocks = {
  inAll: { deliveries: 8_192, characters: 64 * 1_024 * 1_024 },
  perApplication: { deliveries: 2_048, characters: 16 * 1_024 * 1_024 },
};
/** Readings of the database at once; the others take turns. */
const readingsAtOnce = 2;

const nothing: Stock = { deliveries: 0, characters: 0 };

/** What the runners of one process share. */
export class Bounds {
  private stock = nothing;
  private readonly stocks = new Map<string, Stock>();
  private readonly posts = new Map<string, number>();
  private postsInAll = 0;
  private readings = 0;
  private readonly waitingForPosts = new Set<() => void>();
  private readonly waitingForReadings: (() => void)[] = [];

  /** Whether more may be read at all. */
  get hasRoom(): boolean {
    return isBelow(this.stock, stocks.inAll);
  }

  /** Whether more may be read for an application. */
  hasRoomFor(applicationId: string): boolean {
    return this.hasRoom && isBelow(this.stocks.get(applicationId) ?? nothing, stocks.perApplication);
  }

  /** So much was read for an application; negative: worked off. */
  hold(applicationId: string, read: Stock): void {
    this.stock = sum(this.stock, read);
    const own = sum(this.stocks.get(applicationId) ?? nothing, read);
    if (own.deliveries === 0) this.stocks.delete(applicationId);
    else this.stocks.set(applicationId, own);
  }

  /**
   * Takes a place for a POST.
   *
   * @param wake called when there may be one, if there is none now
   */
  takePost(applicationId: string, wake: () => void): boolean {
    const count = this.posts.get(applicationId) ?? 0;
    if (count >= posts.perApplication || this.postsInAll >= posts.inAll) {
      this.waitingForPosts.add(wake);
      return false;
    }
    this.posts.set(applicationId, count + 1);
    this.postsInAll += 1;
    return true;
  }

  givePost(applicationId: string): void {
    const count = (this.posts.get(applicationId) ?? 0) - 1;
    if (count <= 0) this.posts.delete(applicationId);
    else this.posts.set(applicationId, count);
    this.postsInAll -= 1;
    const waiting = [...this.waitingForPosts];
    this.waitingForPosts.clear();
    for (const wake of waiting) wake();
  }

  async reading<Result>(read: () => Promise<Result>): Promise<Result> {
    if (this.readings >= readingsAtOnce)
      await new Promise<void>((resolve) => this.waitingForReadings.push(resolve));
    else this.readings += 1;
    try {
      return await read();
    } finally {
      // The place is handed on, or is free.
      const next = this.waitingForReadings.shift();
      if (next === undefined) this.readings -= 1;
      else next();
    }
  }
}

function isBelow(stock: Stock, bound: Stock): boolean {
  return stock.deliveries < bound.deliveries && stock.characters < bound.characters;
}

function sum(one: Stock, other: Stock): Stock {
  return {
    deliveries: one.deliveries + other.deliveries,
    characters: one.characters + other.characters,
  };
}
