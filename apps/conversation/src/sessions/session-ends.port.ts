import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { SessionEnding } from '#contracts/session-ends.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import {
  SessionEndsStore,
  type ChosenSessions,
  type EndedSession,
  type ForeignEnd,
} from '../store/session-ends.store.js';
import { TokensStore } from '../store/tokens.store.js';
import type { Transaction } from '#platform/database/database.js';

interface UserOfApplication {
  readonly applicationId: string;
  readonly userId: string;
}

/**
 * Ends sessions for others than their gateways. The database decides; gateways are told after the commit, and ask every
 * second for what they have not heard.
 */
@Injectable()
export class SessionEnds {
  constructor(
    private readonly ends: SessionEndsStore,
    private readonly tokens: TokensStore,
    private readonly live: LivePublisher,
  ) {}

  /** @throws HooklineError user_not_found */
  async lockUser(transaction: Transaction, { applicationId, userId }: UserOfApplication): Promise<void> {
    if ((await this.tokens.lockUser(transaction, applicationId, userId)) === null)
      throw new HooklineError('user_not_found');
  }

  /**
   * Under the user's lock (`lockUser`), and after all other locks of the transaction. After the commit its outcome goes to
   * `tell`.
   *
   * @param detail what the clients hear; null: what the code says
   */
  endOf(
    transaction: Transaction,
    user: UserOfApplication,
    chosen: ChosenSessions,
    reason: ForeignEnd,
    detail: string | null,
  ): Promise<EndedSession[]> {
    return this.ends.endOf(transaction, user, chosen, reason, detail);
  }

  /** A portion of an application's sessions: it is deleted. @returns how many */
  async endOfApplication(applicationId: string): Promise<number> {
    const ended = await this.ends.endOfApplication(applicationId, 'The application was deleted');
    this.tell(ended);
    return ended.length;
  }

  /** Tells their gateways. What is not heard is asked for. */
  tell(ended: readonly EndedSession[]): void {
    const byUser = Map.groupBy(ended, ({ applicationId, userId }) => `${applicationId}:${userId}`);
    for (const sessions of byUser.values()) {
      const [first] = sessions;
      if (first === undefined) continue;
      const { applicationId, userId } = first;
      this.live.sessionsEnded(applicationId, userId, sessions.map(endingOf));
      this.live.presence(applicationId, userId);
    }
  }

  /** Tells of an opening, and the gateways of the sessions that it has replaced. */
  tellOpening(user: UserOfApplication, replaced: readonly string[]): void {
    this.tell(replaced.map((sessionId) => ({ ...user, sessionId, reason: 'replaced', detail: null })));
    this.live.presence(user.applicationId, user.userId);
  }

  tellClosing({ applicationId, userId }: UserOfApplication): void {
    this.live.presence(applicationId, userId);
  }
}

/** What the client of an ended session has to hear. */
export function endingOf({ sessionId, reason, detail }: EndedSession): SessionEnding {
  const codes = { kicked: 'session_kicked', revoked: 'token_revoked' } as const;
  const isNamed = (known: string): known is ForeignEnd => Object.hasOwn(codes, known);
  // A session that was found lost by a newer one with its tag was replaced as well.
  const code = isNamed(reason) ? codes[reason] : 'session_replaced';
  return { sessionId, error: new HooklineError(code, detail ?? undefined).toWire() };
}
