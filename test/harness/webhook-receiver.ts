import { expect } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import { eventIdOf } from '#contracts/leancloud/message-id.js';
import type { ServiceRows, WebhookBatch, WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { TestApplication } from './application.js';
import type { SignedCall, SignedServer } from './signed-server.js';

type Body = WebhookPayload | WebhookBatch | ServiceRows;

/** An event as a POST has told of it. */
interface Told {
  readonly conversationId: string;
  readonly eventId: string | null;
  /** The whole of it as JSON. */
  readonly text: string;
}

/** A customer's receiver of a webhook of any format, which answers at once, or when it is told to. */
export class WebhookReceiver {
  /** POSTs that were read and are not answered. */
  waiting = 0;
  private held: PromiseWithResolvers<undefined> | undefined;
  private server!: SignedServer<WebhookPayload>;

  /** @param options of the webhook */
  static async register(
    application: TestApplication,
    options: Parameters<TestApplication['webhook']>[1] = {},
  ): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.server = await application.webhook(() => receiver.answer(), options);
    return receiver;
  }

  get id(): string {
    return this.server.id;
  }

  /** In the order in which they came. */
  get calls(): readonly SignedCall<Body>[] {
    return this.server.received;
  }

  /** From now on nobody is answered. */
  hold(): void {
    this.held ??= Promise.withResolvers();
  }

  /** Whoever waits is answered, and whoever comes. */
  release(): void {
    this.held?.resolve(undefined);
    this.held = undefined;
  }

  /** How often each event of a POST was told of, at least. */
  timesTold({ body }: SignedCall<Body>): number {
    const counts = new Map(toldBy(body).map(({ eventId }) => [eventId, 0]));
    for (const { eventId } of this.calls.flatMap((call) => toldBy(call.body)))
      if (counts.has(eventId)) counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
    return Math.min(...counts.values());
  }

  /** Of these conversations it was told everything in this order, each event whenever it came in the same words. */
  expectTold(histories: ReadonlyMap<string, readonly TimelineEvent[]>): void {
    expect(this.server.forged).toBe(0);
    const bodies = Map.groupBy(this.calls, ({ id }) => id);
    expect([...bodies].filter(([, calls]) => new Set(calls.map(({ text }) => text)).size > 1)).toEqual([]);
    const told = this.calls.flatMap(({ body }) => toldBy(body));
    const events = Map.groupBy(told, ({ eventId }) => eventId);
    expect([...events].filter(([, all]) => new Set(all.map(({ text }) => text)).size > 1)).toEqual([]);
    const firsts = Map.groupBy(
      [...events.values()].map(([first]) => first!),
      ({ conversationId }) => conversationId,
    );
    for (const [conversationId, history] of histories)
      expect({ conversationId, told: firsts.get(conversationId)?.map(({ eventId }) => eventId) }).toEqual({
        conversationId,
        told: history.map(({ id }) => id),
      });
  }

  private async answer(): Promise<void> {
    if (this.held === undefined) return;
    this.waiting += 1;
    await this.held.promise;
    this.waiting -= 1;
  }
}

function toldBy(body: Body): Told[] {
  if (Array.isArray(body))
    return body.map((row) => ({
      conversationId: row.conv.objectId,
      eventId: eventIdOf(row.msgId),
      text: JSON.stringify(row),
    }));
  if (body.type === 'batch') return (body as WebhookBatch).data.events.flatMap((one) => toldBy(one as Body));
  const { conversationId, id: eventId } = (body as WebhookPayload).data;
  return [{ conversationId, eventId, text: JSON.stringify(body) }];
}
