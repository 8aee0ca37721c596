import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { endedSessions, endSession, endSessions, listSessions } from '#contracts/session-ends.js';
import { Answers } from '#platform/bus/answers.js';
import { OncePerKey } from '../store/once-per-key.js';
import { SessionEndsStore, type EndedSession } from '../store/session-ends.store.js';
import { UsersStore } from '../store/users.store.js';
import { endingOf, SessionEnds } from './session-ends.port.js';

/** Who is connected, and ending that. */
@Controller()
export class SessionEndsController {
  constructor(
    private readonly ends: SessionEnds,
    private readonly sessions: SessionEndsStore,
    private readonly users: UsersStore,
    private readonly once: OncePerKey,
  ) {}

  @Answers(listSessions)
  async list({
    applicationId,
    userId,
  }: z.output<typeof listSessions.question>): Promise<z.output<typeof listSessions.answer>> {
    if ((await this.users.find(applicationId, userId)) === null) throw new HooklineError('user_not_found');
    return { sessions: await this.sessions.list(applicationId, userId) };
  }

  @Answers(endSession)
  async end({
    applicationId,
    userId,
    sessionId,
    reason,
  }: z.output<typeof endSession.question>): Promise<object> {
    const ended = await this.sessions.end(applicationId, userId, sessionId, reason);
    if (ended === null) throw new HooklineError('session_not_found');
    this.ends.tell([ended]);
    return {};
  }

  @Answers(endSessions)
  async endAll({
    request,
    reason,
    ...user
  }: z.output<typeof endSessions.question>): Promise<z.output<typeof endSessions.answer>> {
    let ended: EndedSession[] = [];
    const content = ['endSessions', user.userId, reason];
    const { count } = await this.sessions.transaction((transaction) =>
      this.once.run(transaction, { applicationId: user.applicationId, request, content }, async () => {
        await this.ends.lockUser(transaction, user);
        ended = await this.ends.endOf(transaction, user, { of: 'all' }, 'kicked', reason);
        return { count: ended.length };
      }),
    );
    this.ends.tell(ended);
    return { ended: count };
  }

  @Answers(endedSessions)
  async untold({
    incarnation,
    told,
  }: z.output<typeof endedSessions.question>): Promise<z.output<typeof endedSessions.answer>> {
    return { ended: (await this.sessions.untold(incarnation, told)).map(endingOf) };
  }
}
