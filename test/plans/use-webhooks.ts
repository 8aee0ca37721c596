import type { z } from 'zod';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import { findStreamEvent, readEventRange } from '#contracts/stream.js';
import type { TestApplication } from '../harness/application.js';
import type { World } from '../harness/world.js';

/** What `useWebhooks` must have had seen. */
export const partsOfWebhooks: readonly RegExp[] = [
  /WITH RECURSIVE halving/,
  /AS part\(conversation_key, begin_seq, end_seq\)/,
  /conversation\.application_id, .* WHERE event\.id = .* head\.state <> 'deleted'/,
];

/** What is delivered a second time: of the giant conversation from its midst on, and of the first hundreds of all. */
export async function useWebhooks(
  world: World,
  application: TestApplication,
  giant: { readonly id: string },
): Promise<void> {
  const { events } = await application.call<{ events: TimelineEvent[] }>(operations.listEvents, {
    parameters: { conversationId: giant.id },
    query: { order: 'ascending', limit: 1 },
  });
  const { id: eventId, timestamp } = events[0]!;
  const range = { applicationId: application.id, from: timestamp + 60_000 };
  for (const conversationId of [giant.id, null]) {
    let cursor: string | null = null;
    for (let answers = 0; answers < 4; answers += 1) {
      const question: z.output<typeof readEventRange.question> = {
        ...range,
        conversationId,
        to: Date.now() - 60_000,
        cursor,
      };
      ({ cursor } = await world.ask(readEventRange, question));
      if (cursor === null) break;
    }
  }
  await world.ask(findStreamEvent, { applicationId: application.id, eventId });
}
