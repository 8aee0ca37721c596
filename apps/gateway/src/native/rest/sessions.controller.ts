import { Controller } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import { endSession, endSessions, listSessions } from '#contracts/session-ends.js';
import { revokeToken, revokeTokens } from '#contracts/tokens.js';
import { Bus } from '#platform/bus/bus.js';
import { Authentication } from '../../auth/authentication.port.js';
import { namedUser, requireOwn, type ApplicationCaller } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** Who is connected, ending that, and tokens that do not count any more. */
@Controller()
export class SessionsController {
  constructor(
    private readonly bus: Bus,
    private readonly authentication: Authentication,
  ) {}

  @Operates(operations.listSessions)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listSessions>): Promise<unknown> {
    return this.bus.ask(listSessions, userOf(caller, query.userId));
  }

  @Operates(operations.endSession)
  async end(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.endSession>,
  ): Promise<void> {
    const { applicationId } = caller;
    const userId = caller.kind === 'user' ? caller.userId : null;
    await this.bus.ask(endSession, { applicationId, userId, ...parameters, reason: query.reason ?? null });
  }

  @Operates(operations.endSessions)
  endAll(
    @FromRequest() { caller, query, idempotency }: Requested<typeof operations.endSessions>,
  ): Promise<unknown> {
    const user = userOf(caller, query.userId);
    return this.bus.ask(endSessions, { ...user, reason: query.reason ?? null, request: idempotency });
  }

  @Operates(operations.revokeToken)
  async revoke(
    @FromRequest() { caller, parameters, body }: Requested<typeof operations.revokeToken>,
  ): Promise<void> {
    const user = { applicationId: caller.applicationId, ...parameters };
    requireOwn(caller, user.userId);
    const { tokenId, token } = body;
    // Ids that nobody has ever had are remembered for ever: users could fill the table with them.
    if (caller.kind === 'user' && tokenId !== undefined)
      throw new HooklineError(
        'forbidden',
        'By its id, a token is revoked with the master key; show the token',
      );
    const revoked =
      tokenId === undefined ? await this.shown(token ?? '', user) : { tokenId, expiresAt: null };
    if (revoked !== null) await this.bus.ask(revokeToken, { ...user, ...revoked });
  }

  @Operates(operations.revokeTokens)
  async revokeAll(
    @FromRequest() { caller, parameters, idempotency }: Requested<typeof operations.revokeTokens>,
  ): Promise<void> {
    requireOwn(caller, parameters.userId);
    const { applicationId } = caller;
    await this.bus.ask(revokeTokens, { applicationId, ...parameters, request: idempotency });
  }

  /** @returns null when it has expired: there is nothing left to revoke */
  private async shown(
    text: string,
    user: { readonly applicationId: string; readonly userId: string },
  ): Promise<{ tokenId: string; expiresAt: number } | null> {
    try {
      const { applicationId, userId, token } = await this.authentication.ofToken(text);
      if (applicationId !== user.applicationId || userId !== user.userId)
        throw wrongToken("must be a token of the path's user");
      if (token.id === null) throw wrongToken('has no `jti`; revoke all tokens of the user instead');
      return { tokenId: token.id, expiresAt: token.expiresAt };
    } catch (error) {
      if (!(error instanceof HooklineError)) throw error;
      if (error.code === 'token_expired') return null;
      throw error.code === 'unauthenticated' ? wrongToken(error.detail) : error;
    }
  }
}

function userOf(
  caller: ApplicationCaller,
  named: string | undefined,
): { applicationId: string; userId: string } {
  return { applicationId: caller.applicationId, userId: namedUser(caller, named, '/query/userId') };
}

function wrongToken(detail: string): HooklineError {
  const pointer = '/token';
  return new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
