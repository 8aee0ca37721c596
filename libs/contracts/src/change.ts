import { actor } from './actor.js';
import { origin } from './event.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

/** What every question says that changes something: who wants it, from where, and under which key. */
export const change = { actor, origin, request: idempotentRequest.nullable() };

/** How long somebody waits for an operation that hooks may have to be asked about (ms). */
export const hookedPatience = limits.hookBudget + 3_000;
