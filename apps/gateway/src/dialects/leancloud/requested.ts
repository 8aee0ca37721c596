import type { Actor } from '#contracts/actor.js';
import type { Origin } from '#contracts/event.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import type { Collection } from '#contracts/leancloud/routes/route.js';
import type { BodyOf, ParametersOf, QueryOf, RouteName } from '#contracts/leancloud/routes/routes.js';

/** Who calls: with a master key, or with the application key that every client has. */
export interface LeanCloudCaller {
  readonly kind: 'master' | 'application';
  readonly applicationId: string;
}

/** A parsed request, as a handler gets it. */
export interface Requested<Name extends RouteName = RouteName> {
  readonly caller: LeanCloudCaller;
  readonly parameters: ParametersOf<Name>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  /** What the path names, where it stands for a kind of conversations. */
  readonly collection: Collection | null;
  /** The client's address. */
  readonly address: string | null;
  readonly idempotency: IdempotentRequest | null;
}

/** What answers some of the routes: JSON, or nothing, which is `{}`. */
export type RouteHandlers<Names extends RouteName> = {
  readonly [Name in Names]: (request: Requested<Name>) => Promise<unknown>;
};

type Changing = Pick<Requested, 'caller' | 'address' | 'idempotency'>;

/** What every question says that changes something. */
export interface Change {
  readonly applicationId: string;
  readonly actor: Actor;
  readonly origin: Origin;
  readonly request: IdempotentRequest | null;
}

/** A server's change: routes that change anything take the master key. */
export function changeBy(request: Changing): Change {
  return { ...readBy(request), origin: originOf(request), request: request.idempotency };
}

/**
 * The same, as one of several of the request.
 *
 * @param part tells it apart from the others, each time that the request is repeated
 */
export function partOfChange(request: Changing, part: string): Change {
  const { idempotency } = request;
  if (idempotency === null) return changeBy(request);
  const { namespace, key } = idempotency;
  return { ...changeBy(request), request: { namespace: `${namespace}/${part}`, key } };
}

export function originOf({ address }: Pick<Requested, 'address'>): Origin {
  return { address, dialect: 'leancloud' };
}

export function readBy({ caller }: Pick<Requested, 'caller'>): { applicationId: string; actor: Actor } {
  return { applicationId: caller.applicationId, actor: { kind: 'master' } };
}
