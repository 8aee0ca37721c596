import type { Actor } from '#contracts/actor.js';
import type { Origin } from '#contracts/event.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import { actorOf, type ApplicationCaller } from './callers.js';

interface Reading<Parameters> {
  readonly caller: ApplicationCaller;
  readonly parameters: Parameters;
}

interface Changing<Parameters> extends Reading<Parameters> {
  readonly idempotency: IdempotentRequest | null;
  readonly address: string | null;
}

/** What every question about something in an application says: whose it is, what its path names, who asks. */
export function readBy<Parameters>({
  caller,
  parameters,
}: Reading<Parameters>): Parameters & { applicationId: string; actor: Actor } {
  return { ...parameters, applicationId: caller.applicationId, actor: actorOf(caller) };
}

/** The same of a question that changes something: as `change` of the contracts. */
export function changeBy<Parameters>(request: Changing<Parameters>): Parameters & {
  applicationId: string;
  actor: Actor;
  origin: Origin;
  request: IdempotentRequest | null;
} {
  const origin = { address: request.address, dialect: 'native' };
  return { ...readBy(request), origin, request: request.idempotency };
}
