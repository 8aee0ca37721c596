import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { endSession, listSessions, type SessionView } from '#contracts/session-ends.js';
import { refreshSession } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';
import type { VonageUser } from '../auth/vonage-authentication.js';
import { done, found, type Requested, type RouteHandlers } from '../requested.js';

type Names = 'renewSession' | 'endSession' | 'touchSession';

/** Connected clients. At Vonage a session outlives its connections: its id is the native session's tag. */
@Injectable()
export class SessionRoutes {
  constructor(private readonly bus: Bus) {}

  readonly handlers: RouteHandlers<Names> = {
    renewSession: async (request) => {
      const caller = requireUser(request);
      const session = await this.own(request);
      const { applicationId, userId, token } = caller;
      const { expiresAt, ...presented } = token;
      const { sessionId } = session;
      await this.bus.ask(refreshSession, { applicationId, userId, sessionId, token: presented, expiresAt });
      return found({ session_id: request.parameters.sessionId });
    },
    endSession: async (request) => {
      const { applicationId, userId } = requireUser(request);
      const { sessionId } = await this.own(request);
      await this.bus.ask(endSession, { applicationId, sessionId, userId, reason: null });
      return done;
    },
    touchSession: async (request) => {
      await this.own(request);
      return found({ session_id: request.parameters.sessionId });
    },
  };

  /** @throws HooklineError session_not_found */
  private async own(request: Requested<Names>): Promise<SessionView> {
    const { applicationId, userId } = requireUser(request);
    const { sessions } = await this.bus.ask(listSessions, { applicationId, userId });
    const session = sessions.find(
      ({ tag, dialect }) => dialect === 'vonage' && tag === request.parameters.sessionId,
    );
    if (session === undefined) throw new HooklineError('session_not_found');
    return session;
  }
}

/** @throws HooklineError forbidden */
function requireUser({ caller }: Pick<Requested, 'caller'>): VonageUser {
  if (caller.kind !== 'user') throw new HooklineError('forbidden', 'A session is that of a user');
  return caller;
}
