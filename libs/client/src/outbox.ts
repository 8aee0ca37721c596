import { BackOff } from './back-off.js';
import { clientErrors, HooklineError } from './errors.js';
import type { ClientStorage } from './storage.js';

/** Something that is to be stored once, however often it has to be said. */
export interface Pending {
  readonly idempotencyKey: string;
  readonly command: string;
  readonly conversationId: string;
  /** Without the idempotency key. */
  readonly request: object;
  /** ms since the epoch. */
  readonly createdAt: number;
}

interface Entry {
  readonly pending: Pending;
  readonly resolve: (answer: object) => void;
  readonly reject: (error: HooklineError) => void;
}

const key = 'outbox';
/** The server remembers idempotency keys for 24 hours; whatever is older might be stored twice. */
const oldest = 23 * 60 * 60 * 1000;

/**
 * What is still to be sent. One at a time per conversation, so that everything keeps its order through every repetition;
 * conversations do not wait for each other. What was not acknowledged is said again with the same idempotency key when
 * there is a connection, after a restart too.
 */
export class Outbox {
  private readonly lanes = new Map<string, Entry[]>();
  private readonly busy = new Set<string>();
  private isOnline = false;
  private isClosed = false;

  /**
   * @param say resolves with the answer; rejects with a HooklineError
   * @param settled hears of what a former life of this client has left, which nobody waits for
   */
  constructor(
    private readonly storage: ClientStorage,
    private readonly say: (command: string, request: object) => Promise<object>,
    settled: (
      pending: Pending,
      outcome: { readonly answer: object } | { readonly error: HooklineError },
    ) => void,
  ) {
    for (const pending of JSON.parse(storage.get(key) ?? '[]') as Pending[]) {
      this.queue({
        pending,
        resolve: (answer) => {
          settled(pending, { answer });
        },
        reject: (error) => {
          settled(pending, { error });
        },
      });
    }
  }

  get size(): number {
    return [...this.lanes.values()].reduce((sum, lane) => sum + lane.length, 0);
  }

  /** @throws HooklineError what the server has refused for good, client_expired, client_closed */
  send(pending: Pending): Promise<object> {
    if (this.isClosed) return Promise.reject(new HooklineError(clientErrors.closed));
    return new Promise((resolve, reject) => {
      this.queue({ pending, resolve, reject });
      this.keep();
      void this.work(pending.conversationId);
    });
  }

  online(): void {
    this.isOnline = true;
    for (const lane of this.lanes.keys()) void this.work(lane);
  }

  offline(): void {
    this.isOnline = false;
  }

  /** What is not acknowledged stays kept, for the next life. */
  close(): void {
    this.isClosed = true;
    this.isOnline = false;
    for (const lane of this.lanes.values()) {
      for (const { reject } of lane) reject(new HooklineError(clientErrors.closed));
    }
  }

  private queue(entry: Entry): void {
    const { conversationId } = entry.pending;
    this.lanes.set(conversationId, [...(this.lanes.get(conversationId) ?? []), entry]);
  }

  private async work(lane: string): Promise<void> {
    if (this.busy.has(lane)) return;
    this.busy.add(lane);
    const backOff = new BackOff();
    try {
      for (let entry = this.next(lane); entry !== undefined; entry = this.next(lane)) {
        const wait = await this.attempt(lane, entry, backOff);
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      }
    } finally {
      this.busy.delete(lane);
    }
  }

  private next(lane: string): Entry | undefined {
    return this.isOnline ? this.lanes.get(lane)?.[0] : undefined;
  }

  /** @returns how long to wait before the next attempt (ms) */
  private async attempt(lane: string, entry: Entry, backOff: BackOff): Promise<number> {
    const { command, request, idempotencyKey, createdAt } = entry.pending;
    try {
      if (Date.now() - createdAt > oldest) throw new HooklineError(clientErrors.expired);
      const answer = await this.say(command, { ...request, idempotencyKey });
      this.settle(lane, entry);
      entry.resolve(answer);
      backOff.reset();
      return 0;
    } catch (error) {
      const refusal = error instanceof HooklineError ? error : new HooklineError(clientErrors.disconnected);
      if (this.isClosed) return 0;
      if (refusal.retryable) return backOff.next(refusal.retryAfter);
      this.settle(lane, entry);
      entry.reject(refusal);
      return 0;
    }
  }

  private settle(lane: string, entry: Entry): void {
    const left = (this.lanes.get(lane) ?? []).filter((other) => other !== entry);
    if (left.length > 0) this.lanes.set(lane, left);
    else this.lanes.delete(lane);
    this.keep();
  }

  private keep(): void {
    const pending = [...this.lanes.values()].flatMap((lane) => lane.map((entry) => entry.pending));
    if (pending.length > 0) this.storage.set(key, JSON.stringify(pending));
    else this.storage.remove(key);
  }
}
