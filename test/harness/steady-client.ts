import type { WireError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { TestUser } from './application.js';
import type { Client } from './client.js';
import { eventually, Hopeless } from './eventually.js';

interface Somewhere {
  readonly id: string;
}

/**
 * A client as it should be: it comes back at another gateway and resumes, and repeats under the same idempotency key what
 * failed in a way that may pass.
 */
export class SteadyClient {
  readonly closings: WireError[] = [];
  private readonly former: Client[] = [];
  private reconnecting: Promise<void> | undefined;

  private constructor(
    readonly user: TestUser,
    private gateway: number,
    private client: Client,
  ) {}

  static async connect(user: TestUser, gateway: number): Promise<SteadyClient> {
    return new SteadyClient(user, gateway, await user.connect({ gateway, resume: {} }));
  }

  /** Everything heard of a conversation, over all connections, but for its own joining. */
  events(conversation: Somewhere): TimelineEvent[] {
    return [...this.former, this.client]
      .flatMap((client) => client.events(conversation))
      .filter(({ type }) => type !== 'member.joined');
  }

  /** @returns the event's id */
  send(conversation: Somewhere, text: string, key: string): Promise<string> {
    return this.repeated(async () => {
      if (!this.client.isConnected) await (this.reconnecting ??= this.reconnect());
      const answer = await this.client.send(conversation, text, key);
      return answer.ok ? answer : answer.error;
    });
  }

  sendByRest(conversation: Somewhere, text: string, idempotencyKey: string): Promise<string> {
    let gateway = this.gateway;
    return this.repeated(async () => {
      gateway = 1 - gateway;
      const { body } = await this.user.send(conversation, text, { idempotencyKey, gateway });
      return body as object;
    });
  }

  disconnect(): void {
    this.client.disconnect();
  }

  private repeated(attempt: () => Promise<object>): Promise<string> {
    return eventually(async () => {
      const answer = (await attempt()) as { eventId?: string; code?: string; retryable?: boolean };
      if (answer.eventId !== undefined) return answer.eventId;
      const text = JSON.stringify(answer);
      throw answer.retryable === true ? new Error(text) : new Hopeless(text);
    });
  }

  private positions(): Record<string, number> {
    const all = [...this.former, this.client].flatMap((client) => Object.entries(client.positions()));
    return Object.fromEntries(all);
  }

  private async reconnect(): Promise<void> {
    try {
      const next = 1 - this.gateway;
      const client = await this.user.connect({ gateway: next, resume: this.positions() });
      if (this.client.closing !== undefined) this.closings.push(this.client.closing);
      this.former.push(this.client);
      this.client = client;
      this.gateway = next;
    } finally {
      this.reconnecting = undefined;
    }
  }
}
