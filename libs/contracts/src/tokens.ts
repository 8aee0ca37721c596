import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { applicationId, printableText, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

/** The claim `jti`. */
export const tokenId = printableText(limits.tokenIdLength).meta({
  id: 'TokenId',
  description: 'The claim `jti` of a token.',
});

/** What decides whether a token still counts: its claims `jti` (null: none) and `iat` (in ms; 0 when it has none). */
export const presentedToken = z.object({ id: tokenId.nullable(), issuedAt: timestamp });
export type PresentedToken = z.infer<typeof presentedToken>;

/** When a token that is minted now is issued: not before those that count. Refused when there is no such user. */
export const issueToken = call(
  'tokens.issue',
  z.object({ applicationId, userId }),
  z.object({ issuedAt: timestamp }),
);

/** Whether a token does not count any more. Of a user that nobody knows all count: it may do nothing anyway. */
export const checkToken = call(
  'tokens.check',
  z.object({ applicationId, userId, token: presentedToken }),
  z.object({ isRevoked: z.boolean() }),
);

/** A token does not count any more, and the sessions under it end. `expiresAt` null: it is remembered for ever. */
export const revokeToken = call(
  'tokens.revoke',
  z.object({ applicationId, userId, tokenId, expiresAt: timestamp.nullable() }),
  z.object({}),
);

/** All tokens of the user that were issued until now do not count any more, and the sessions under them end. */
export const revokeTokens = call(
  'tokens.revoke-all',
  z.object({ applicationId, userId, request: idempotentRequest.nullable() }),
  z.object({}),
);

/** Core NATS: tokens of a user were revoked. Gateways forget what they know of that user's; without it, after 10 s. */
export const tokensRevokedSubject = `${subjectRoot}.live.tokens`;
export const tokensRevoked = z.object({ applicationId, userId });

/** A token is named by its id, or shown. */
export const revocation = z
  .strictObject({ tokenId: tokenId.optional(), token: z.string().min(1).max(8_192).optional() })
  .refine(
    ({ tokenId: id, token }) => (id === undefined) !== (token === undefined),
    'takes `tokenId` or `token`',
  )
  .meta({ id: 'TokenRevocation' });
