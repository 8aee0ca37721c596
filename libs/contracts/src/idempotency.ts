import { z } from 'zod';
import { idempotencyKey } from './identifiers.js';

/**
 * The caller's idempotency key and the namespace it is unique in (within an application): `master`, `user:<id>`,
 * `installation`. The first outcome of a key is answered again; another content under the same key is a conflict.
 */
export const idempotentRequest = z.object({ namespace: z.string(), key: idempotencyKey });
export type IdempotentRequest = z.infer<typeof idempotentRequest>;
