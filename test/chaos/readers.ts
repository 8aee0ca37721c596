import { setTimeout as wait } from 'node:timers/promises';
import type { Cast } from './cast.js';
import type { ChaosClient } from './chaos-client.js';
import type { Random } from './random.js';

/** Acknowledges what its client has heard of a conversation, now and then; what fails is said again by something later. */
class Reader {
  constructor(
    private readonly client: ChaosClient,
    private readonly conversationId: string,
    private readonly random: Random,
  ) {}

  async run(until: AbortSignal): Promise<void> {
    const { client, conversationId, random } = this;
    while (!until.aborted) {
      await wait(random.between(500, 2_500));
      const isRead = random.chance(0.5);
      const seq = client.positionIn(conversationId);
      if (seq === 0) continue;
      // In two questions at once, as two windows of one page may ask.
      const said = { conversationId, ...(isRead ? { read: seq } : { delivered: seq }) };
      const times = random.chance(0.3) ? 2 : 1;
      await Promise.all(
        Array.from({ length: times }, () => client.call('receipt.send', said).catch(() => undefined)),
      );
    }
  }
}

/** Of all clients of members of the conversation whose receipts are events. */
export function readersOf({ clients, placesOf, acknowledgedId }: Cast, random: Random): Reader[] {
  return clients
    .filter(({ user }) => placesOf(user).includes(acknowledgedId))
    .map((client) => new Reader(client, acknowledgedId, random.fork()));
}
