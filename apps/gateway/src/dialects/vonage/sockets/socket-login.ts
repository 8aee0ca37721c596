import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { findResumePoint } from '#contracts/sessions.js';
import { isOpenedBy } from '#domain/permissions/access-paths.js';
import { Bus } from '#platform/bus/bus.js';
import { Admission } from '../../../admission/admission.port.js';
import { VonageAuthentication, type VonageUser } from '../auth/vonage-authentication.js';
import type { Person } from '#contracts/vonage/person.js';
import { Directory } from '../directory.js';
import { VonageError } from '../vonage-error.js';
import { acknowledgesBy, newSessionId } from './session-ids.js';

/** Somebody whose token was checked, and where it goes on. */
export interface LoggedIn {
  readonly caller: VonageUser;
  readonly address: string | null;
  readonly person: Person;
  readonly sessionId: string;
  /** The client says of every event that it has got it: its session was begun so. */
  readonly acknowledges: boolean;
  /** Null: live events only. */
  readonly resume: ReadonlyMap<string, number> | null;
}

/** The way in for sockets. */
@Injectable()
export class SocketLogin {
  constructor(
    private readonly admission: Admission,
    private readonly authentication: VonageAuthentication,
    private readonly directory: Directory,
    private readonly bus: Bus,
  ) {}

  /**
   * @param session that is to go on, by its id; null: a new one
   * @throws VonageError user:error:invalid-user, system:error:permission, session:error:invalid: it is somebody else's.
   *   @throws HooklineError unauthenticated, token_expired, token_revoked, rate_limited
   */
  async login(
    request: Pick<IncomingMessage, 'socket' | 'headers'>,
    token: string,
    session: { readonly id: string | null; readonly acknowledges: boolean },
  ): Promise<LoggedIn> {
    const { caller, address } = await this.admission.socketBy(
      () => this.authentication.ofToken(token),
      request,
    );
    if (caller.kind !== 'user')
      throw new VonageError(401, 'user:error:invalid-user', 'A token without `sub` is that of a server');
    requireSessions(caller);
    const { applicationId, userId } = caller;
    const acknowledged = session.id === null ? false : acknowledgesBy(session.id, caller);
    if (acknowledged === null)
      throw new VonageError(403, 'session:error:invalid', 'The session is not one of this user');
    const acknowledges = acknowledged || session.acknowledges;
    const person = await this.directory.person(applicationId, userId);
    const resume = session.id === null ? null : await this.resume(applicationId, userId, session.id);
    const sessionId = session.id ?? newSessionId(caller, acknowledges);
    return { caller, address, person, sessionId, acknowledges, resume };
  }

  /** Counts a logged-in socket until `left` is called. @throws HooklineError too_many_connections */
  entered(caller: VonageUser): void {
    const refusal = this.admission.entered(caller);
    if (refusal !== null) throw refusal;
  }

  left(caller: VonageUser): void {
    this.admission.left(caller);
  }

  /** @throws HooklineError forbidden: it is a token of somebody else; rate_limited */
  async renewed(token: string, former: VonageUser): Promise<VonageUser> {
    const { applicationId, userId } = former;
    this.admission.call(former);
    const caller = await this.authentication.ofToken(token);
    if (caller.kind !== 'user' || caller.applicationId !== applicationId || caller.userId !== userId)
      throw new HooklineError('forbidden', "The token must be one of the session's user");
    requireSessions(caller);
    return caller;
  }

  /** Null: nobody knows of the session any more, and so of nothing that it has missed. */
  private async resume(
    applicationId: string,
    userId: string,
    tag: string,
  ): Promise<ReadonlyMap<string, number> | null> {
    const known = new Map<string, number>();
    let cursor: string | null = null;
    do {
      const page: z.output<typeof findResumePoint.answer> = await this.bus.ask(findResumePoint, {
        applicationId,
        userId,
        tag,
        cursor,
      });
      if (page.positions === null) return null;
      for (const { conversationId, seq } of page.positions) known.set(conversationId, seq);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return known;
  }
}

/** What Vonage's documents name "Log in as a user". @throws VonageError system:error:permission */
function requireSessions({ paths }: VonageUser): void {
  if (!isOpenedBy(paths, 'POST', '/v1/sessions'))
    throw new VonageError(403, 'system:error:permission', "The token's acl does not open /*/sessions/**");
}
