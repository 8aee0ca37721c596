import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import type { Caller } from '../../auth/authentication.port.js';

/** Whoever acts within an application. */
export type ApplicationCaller = Exclude<Caller, { kind: 'installation' }>;

export function actorOf(caller: ApplicationCaller): Actor {
  return caller.kind === 'master' ? { kind: 'master' } : { kind: 'user', userId: caller.userId };
}

/** @throws HooklineError forbidden when it is a token of another user */
export function requireOwn(caller: ApplicationCaller, userId: string): void {
  if (caller.kind === 'user' && caller.userId !== userId)
    throw new HooklineError('forbidden', "This takes a master key, or this user's own token");
}

/** The user that is meant: a token's own, or the one that the master key names. */
export function namedUser(caller: ApplicationCaller, named: string | undefined, pointer: string): string {
  const wrong = (detail: string): HooklineError =>
    new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
  switch (caller.kind) {
    case 'master':
      if (named === undefined) throw wrong('is required with the master key');
      return named;
    case 'user':
      if (named !== undefined && named !== caller.userId)
        throw wrong("must not name another than the token's user");
      return caller.userId;
  }
}
