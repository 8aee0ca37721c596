import { Injectable } from '@nestjs/common';
import type { UnreadCount } from '#contracts/unread.js';
import { eventsToCount, UnreadStore, type Counted, type Standing } from '../store/unread.store.js';

/** Conversations of one statement, and events that one counts: none of them takes long, and a page is few of them. */
export const standingsAtOnce = 500;
const eventsAtOnce = 1_500;

interface Step {
  /** Key of the last conversation that has been considered. */
  readonly position: bigint;
  readonly standings: readonly Standing[];
}

/** Goes through the conversations of a user and counts what is unread, a bounded piece of work at a time. */
@Injectable()
export class CountUnread {
  constructor(private readonly store: UnreadStore) {}

  /** All conversations of the user after a key, in steps; ends after the last. */
  async *steps(applicationId: string, userId: string, after: bigint): AsyncGenerator<Step, void> {
    let position = after;
    for (;;) {
      const standings = await this.store.standings(applicationId, userId, position, standingsAtOnce);
      for (const portion of portions(standings)) {
        position = portion.at(-1)?.conversationKey ?? position;
        yield { position, standings: portion.filter((standing) => eventsToCount(standing) > 0) };
      }
      if (standings.length < standingsAtOnce) return;
    }
  }

  /** Only those in which something is unread, or may be. */
  async unreadOf(userId: string, standings: readonly Standing[]): Promise<(UnreadCount & { key: bigint })[]> {
    if (standings.length === 0) return [];
    const counted = await this.store.count(userId, standings);
    return standings
      .map((standing) => ({
        key: standing.conversationKey,
        ...unreadOf(standing, counted.get(standing.conversationKey)),
      }))
      .filter(({ unread, isCapped }) => unread > 0 || isCapped);
  }
}

export function unreadOf(
  standing: Standing,
  { unread, mentions, ...counted }: Counted = { unread: 0, mentions: 0 },
): UnreadCount {
  const { conversationId, lastSeq, readSeq, isService } = standing;
  const isCapped = isService ? (counted.isCapped ?? false) : eventsToCount(standing) < lastSeq - readSeq;
  return { conversationId, unread, mentions, isCapped, lastSeq, readSeq };
}

/** Conversations in groups whose events one statement may count. */
function portions(standings: readonly Standing[]): Standing[][] {
  const result: Standing[][] = [];
  let events = Infinity;
  for (const standing of standings) {
    const more = eventsToCount(standing);
    const last = result.at(-1);
    if (last === undefined || events + more > eventsAtOnce) {
      result.push([standing]);
      events = more;
    } else {
      last.push(standing);
      events += more;
    }
  }
  return result;
}
