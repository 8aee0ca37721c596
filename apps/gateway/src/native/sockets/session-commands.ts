import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { Authentication } from '../../auth/authentication.port.js';
import { ConnectedSessions } from '../../sessions/connected-sessions.port.js';
import type { CommandHandlers } from './command-context.js';

/** A lane of its own: ids of conversations have no ':'. */
const refreshLane = ':session.refresh';

/** What concerns the client's own session, and who else is online. */
@Injectable()
export class SessionCommands {
  readonly handlers: CommandHandlers<'session.refresh' | 'presence.subscribe' | 'presence.unsubscribe'> = {
    'session.refresh': ({ caller, session, lanes }, request) =>
      // One after the other: here and in the database the same token is the last.
      lanes.run(refreshLane, async () => {
        const { applicationId, userId, token } = await this.authentication.ofToken(request.token);
        if (applicationId !== caller.applicationId || userId !== caller.userId)
          throw new HooklineError('forbidden', "The token must be one of the session's user");
        await this.sessions.renewToken(session, token);
        return { ok: true, expiresAt: token.expiresAt };
      }),
    'presence.subscribe': async ({ presence }, { userIds }) => ({
      ok: true,
      userIds: await presence.subscribe(userIds),
    }),
    'presence.unsubscribe': async ({ presence }, { userIds }) => {
      await presence.unsubscribe(userIds);
      return { ok: true };
    },
  };

  constructor(
    private readonly authentication: Authentication,
    private readonly sessions: ConnectedSessions,
  ) {}
}
