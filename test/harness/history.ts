import type { z } from 'zod';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { Doors } from './doors.js';

interface Reader {
  readonly authorization: string;
}

/** Everything that somebody may see of a conversation, oldest first unless it is said, page by page. */
export async function historyOf(
  world: Doors,
  as: Reader,
  { id: conversationId }: { readonly id: string },
  query: Partial<Omit<z.output<typeof operations.listEvents.query>, 'cursor' | 'types'>> & {
    readonly types?: string | undefined;
  } = {},
): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: { events: TimelineEvent[]; nextCursor: string | null } = await world.call(
      operations.listEvents,
      {
        as,
        parameters: { conversationId },
        query: { order: 'ascending', limit: 100, ...query, cursor },
      },
    );
    events.push(...page.events);
    cursor = page.nextCursor;
  }
  return events;
}
