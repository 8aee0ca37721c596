import type { Actor } from '#contracts/actor.js';
import type { Origin } from '#contracts/event.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import type { BodyOf, ParametersOf, QueryOf, RouteName } from '#contracts/vonage/routes/routes.js';
import type { VonageVersion } from '#contracts/vonage/versions.js';
import type { VonageCaller } from './auth/vonage-authentication.js';
import type { Root } from '#contracts/vonage/person.js';

/** A parsed request, as a handler gets it. */
export interface Requested<Name extends RouteName = RouteName> {
  readonly caller: VonageCaller;
  readonly version: VonageVersion;
  /** The first segment of the path: what links begin with, behind `root`. */
  readonly prefix: string;
  readonly root: Root;
  /** From the root, without the query. */
  readonly path: string;
  readonly parameters: ParametersOf<Name>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  /** The body as it came; empty when there was none. */
  readonly text: string;
  /** The client's address. */
  readonly address: string | null;
}

/** What becomes of a request. The status of each depends on the version. */
export type Reply =
  | { readonly kind: 'found' | 'created'; readonly body: unknown }
  /** Nothing is left to say. */
  | { readonly kind: 'done' };

/** What answers some of the routes. */
export type RouteHandlers<Names extends RouteName> = {
  readonly [Name in Names]: (request: Requested<Name>) => Promise<Reply>;
};

export const found = (body: unknown): Reply => ({ kind: 'found', body });
export const created = (body: unknown): Reply => ({ kind: 'created', body });
export const done: Reply = { kind: 'done' };

export function originOf({ address }: Pick<Requested, 'address'>): Origin {
  return { address, dialect: 'vonage' };
}

/** Whose name the caller acts in; null: an application's server. */
export function userIdOf(caller: VonageCaller): string | null {
  return caller.kind === 'user' ? caller.userId : null;
}

export function actorOf(caller: VonageCaller): Actor {
  return caller.kind === 'user' ? { kind: 'user', userId: caller.userId } : { kind: 'master' };
}

/** What every question says that changes something. These clients repeat nothing by themselves: there are no keys. */
export function changeBy({ caller, address }: Pick<Requested, 'caller' | 'address'>): {
  readonly applicationId: string;
  readonly actor: Actor;
  readonly origin: Origin;
  readonly request: IdempotentRequest | null;
} {
  return {
    applicationId: caller.applicationId,
    actor: actorOf(caller),
    origin: originOf({ address }),
    request: null,
  };
}
