import { Injectable } from '@nestjs/common';
import { compactVerify, decodeJwt, importSPKI } from 'jose';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { tokenId } from '#contracts/tokens.js';
import { vonageClaims, type VonageClaims } from '#contracts/vonage/claims.js';
import { vonageLimits } from '#contracts/vonage/limits.js';
import { openedBy, type AccessPaths } from '#domain/permissions/access-paths.js';
import { Authentication, millisecondsOf, type Caller } from '../../../auth/authentication.port.js';
import { TokenRevocations } from '../../../auth/token-revocations.port.js';
import { GatewayConfiguration } from '../../../gateway.config.js';

/** Who calls: a server of the application, or a user with what its token opens. */
export type VonageCaller =
  Extract<Caller, { kind: 'master' }> | (Extract<Caller, { kind: 'user' }> & { readonly paths: AccessPaths });
export type VonageUser = Extract<VonageCaller, { kind: 'user' }>;

const unauthenticated = (detail: string): HooklineError => new HooklineError('unauthenticated', detail);

/**
 * Checks tokens as Vonage's packages make them: JWTs that are signed with a private key whose public one the application has
 * registered (RS256, and nothing else: with HS256 the public key would be a secret that everybody has).
 */
@Injectable()
export class VonageAuthentication {
  constructor(
    private readonly authentication: Authentication,
    private readonly revocations: TokenRevocations,
    private readonly configuration: GatewayConfiguration,
  ) {}

  /** @throws HooklineError unauthenticated, token_expired, token_revoked */
  async ofHeader(authorization: string | undefined): Promise<VonageCaller> {
    const [scheme, token] = authorization?.split(' ', 2) ?? [];
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined)
      throw unauthenticated('Send an Authorization header: Bearer with a JWT of the application');
    return this.ofToken(token);
  }

  /** @throws HooklineError unauthenticated, token_expired, token_revoked */
  async ofToken(token: string): Promise<VonageCaller> {
    const { applicationId, publicKeys } = await this.authentication.keysOf(applicationOf(token));
    const claims = await verified(token, publicKeys);
    const expiresAt = requireValid(claims, Date.now());
    if (claims.sub === undefined) return { kind: 'master', applicationId };
    const id = tokenId.safeParse(claims.jti);
    const caller: VonageUser = {
      kind: 'user',
      applicationId,
      userId: claims.sub,
      token: { id: id.success ? id.data : null, issuedAt: millisecondsOf(claims.iat), expiresAt },
      paths: openedBy(claims.acl?.paths, this.configuration.isVonageAclRequired),
    };
    await this.revocations.refuseRevoked(caller);
    return caller;
  }
}

function applicationOf(token: string): unknown {
  try {
    return decodeJwt(token)['application_id'];
  } catch {
    throw unauthenticated('The token is not a JWT');
  }
}

/** @throws HooklineError unauthenticated */
async function verified(token: string, publicKeys: readonly string[]): Promise<VonageClaims> {
  for (const pem of publicKeys) {
    const payload = await payloadBy(token, pem);
    if (payload === null) continue;
    const claims = vonageClaims.safeParse(payload);
    if (!claims.success)
      throw unauthenticated(
        `The token's claims are wrong: ${claims.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
      );
    return claims.data;
  }
  throw unauthenticated("The token's signature is wrong");
}

/** Null: it was signed by another key. */
async function payloadBy(token: string, pem: string): Promise<unknown> {
  try {
    const key = await importSPKI(pem, 'RS256');
    const { payload } = await compactVerify(token, key, { algorithms: ['RS256'] });
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  } catch {
    return null;
  }
}

/**
 * @param now ms
 * @returns when it expires (ms)
 * @throws HooklineError unauthenticated, token_expired
 */
function requireValid(
  { iat, exp = iat + vonageLimits.tokenLifetimeDefault, nbf }: VonageClaims,
  now: number,
): number {
  const tolerance = limits.clockTolerance;
  if (exp * 1000 <= now - tolerance) throw new HooklineError('token_expired');
  if (Math.max(iat, nbf ?? 0) * 1000 > now + tolerance) throw unauthenticated('The token is not valid yet');
  if (exp - iat > vonageLimits.tokenLifetimeMaximum)
    throw unauthenticated('A token is valid for at most 24 hours: exp is too long after iat');
  return millisecondsOf(exp);
}
