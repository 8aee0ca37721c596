import { z } from 'zod';
import { applicationId, userId } from '../identifiers.js';

/** Seconds since the epoch. The vendor's own documents show them as text, too. */
const seconds = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
]);

/** What a token of the application opens; see `isOpenedBy`. */
const acl = z.object({
  paths: z.record(
    z.string(),
    z.object({ methods: z.array(z.string()).optional(), filters: z.unknown().optional() }),
  ),
});

/** The claims of a token of Vonage's: without `sub` its holder is a server of the application. Unknown ones mean nothing. */
export const vonageClaims = z.object({
  application_id: applicationId,
  jti: z.string().min(1),
  iat: seconds,
  exp: seconds.optional(),
  nbf: seconds.optional(),
  sub: userId.optional(),
  acl: acl.optional(),
});
export type VonageClaims = z.output<typeof vonageClaims>;
