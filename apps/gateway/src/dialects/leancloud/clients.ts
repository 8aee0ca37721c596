import { Injectable } from '@nestjs/common';
import { HooklineError, type ErrorCode } from '#contracts/errors.js';
import { readPresence } from '#contracts/presence.js';
import { endSessions } from '#contracts/session-ends.js';
import { getUnread, getUnreadTotal } from '#contracts/unread.js';
import { Bus } from '#platform/bus/bus.js';
import { readBy, type Requested } from './requested.js';

type Request = Pick<Requested, 'caller'>;

/** Whoever is not there has nothing unread. */
const isNobody: ReadonlySet<ErrorCode> = new Set([
  'conversation_not_found',
  'member_not_found',
  'not_a_member',
  'user_not_found',
]);

/** Who is connected, and what waits for them. */
@Injectable()
export class Clients {
  constructor(private readonly bus: Bus) {}

  async online(request: Request, userIds: readonly string[]): Promise<{ results: string[] }> {
    const question = { ...readBy(request), userIds: [...new Set(userIds)] };
    const { presences } = await this.bus.ask(readPresence, question);
    return { results: presences.filter(({ status }) => status === 'online').map(({ userId }) => userId) };
  }

  /** @param conversationId null: in all conversations */
  async unread(
    { caller: { applicationId } }: Request,
    userId: string,
    conversationId: string | null,
  ): Promise<{ count: number }> {
    try {
      if (conversationId === null)
        return { count: (await this.bus.ask(getUnreadTotal, { applicationId, userId })).messages };
      const question = { applicationId, conversationId, userId };
      return { count: (await this.bus.ask(getUnread, question)).unread };
    } catch (error) {
      if (error instanceof HooklineError && isNobody.has(error.code)) return { count: 0 };
      throw error;
    }
  }

  async kick(
    { caller, idempotency }: Pick<Requested, 'caller' | 'idempotency'>,
    userId: string,
    reason: string | undefined,
  ): Promise<void> {
    const { applicationId } = caller;
    try {
      await this.bus.ask(endSessions, {
        applicationId,
        userId,
        reason: reason ?? null,
        request: idempotency,
      });
    } catch (error) {
      // Whom nobody knows is connected nowhere.
      if (!(error instanceof HooklineError) || error.code !== 'user_not_found') throw error;
    }
  }
}
