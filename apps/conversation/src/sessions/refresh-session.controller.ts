import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { refreshSession } from '#contracts/sessions.js';
import { Answers } from '#platform/bus/answers.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { SessionsStore } from '../store/sessions.store.js';

/** A session goes on under another token of its user. */
@Controller()
export class RefreshSessionController {
  constructor(
    private readonly sessions: SessionsStore,
    private readonly live: LivePublisher,
  ) {}

  /** @throws HooklineError token_expired, token_revoked, session_not_found */
  @Answers(refreshSession)
  async refresh(question: z.output<typeof refreshSession.question>): Promise<object> {
    const { applicationId, userId, sessionId, expiresAt } = question;
    if (expiresAt !== undefined && expiresAt <= Date.now()) throw new HooklineError('token_expired');
    const outcome = await this.sessions.refresh(question);
    if (outcome !== 'refreshed') throw new HooklineError(outcome);
    if (expiresAt !== undefined) this.live.sessionRefreshed(applicationId, userId, sessionId, expiresAt);
    return {};
  }
}
