import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, importSPKI, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { v4 as uuidv4 } from 'uuid';
import { applicationId as applicationIdSchema } from '#contracts/identifiers.js';
import { userId as userIdSchema } from '#contracts/identifiers.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { tokenId as tokenIdSchema, type PresentedToken } from '#contracts/tokens.js';
import { equalSecrets } from '#platform/security/secrets.js';
import { GatewayConfiguration } from '../gateway.config.js';
import { ApplicationKeys, type OpenedKeys } from './application-keys.js';
import { TokenRevocations } from './token-revocations.port.js';

/** Who is calling. */
export type Caller =
  | { readonly kind: 'installation' }
  | { readonly kind: 'master'; readonly applicationId: string }
  | {
      readonly kind: 'user';
      readonly applicationId: string;
      readonly userId: string;
      readonly token: UserToken;
    };

/** What is to be known of a user's token. */
export interface UserToken extends PresentedToken {
  /** ms; it is accepted for as long after this as clocks may differ (`limits.clockTolerance`). */
  readonly expiresAt: number;
}

export type UserCaller = Extract<Caller, { kind: 'user' }>;

const unauthenticated = (detail: string): HooklineError => new HooklineError('unauthenticated', detail);
/** Seconds. */
const clockTolerance = limits.clockTolerance / 1000;
/** Claims may have any number; a date cannot. */
const latestTime = Date.UTC(9999, 0);

/**
 * Checks credentials: the installation key (Bearer), an application's master key (Basic, application id as user name), or
 * a user's token (Bearer, a JWT with the claims `application_id` and `sub`, HS256 or RS256).
 */
@Injectable()
export class Authentication {
  constructor(
    private readonly keys: ApplicationKeys,
    private readonly configuration: GatewayConfiguration,
    private readonly revocations: TokenRevocations,
  ) {}

  /** @throws HooklineError unauthenticated, token_expired, token_revoked */
  async ofHeader(authorization: string | undefined): Promise<Caller> {
    const [scheme, credentials] = authorization?.split(' ', 2) ?? [];
    if (scheme === undefined || credentials === undefined) {
      throw unauthenticated(
        'Send an Authorization header: Basic application-id:master-key, or Bearer with a user token',
      );
    }
    switch (scheme.toLowerCase()) {
      case 'basic':
        return this.ofMasterKey(credentials);
      case 'bearer':
        return isJwt(credentials) ? this.ofLivingToken(credentials) : this.ofInstallationKey(credentials);
      default:
        throw unauthenticated('The Authorization scheme must be Basic or Bearer');
    }
  }

  /**
   * Whether it was revoked is for those to ask who open a session with it.
   *
   * @throws HooklineError unauthenticated, token_expired
   */
  async ofToken(token: string): Promise<UserCaller> {
    const { application_id: applicationId } = claimsOf(token);
    const keys = await this.keysOf(applicationId);
    const claims = await verify(token, keys);
    const { sub } = claims;
    const userId = userIdSchema.safeParse(sub);
    if (!userId.success) throw unauthenticated("The token's claim `sub` must be a user id");
    const { applicationId: ownerId } = keys;
    return { kind: 'user', applicationId: ownerId, userId: userId.data, token: tokenOf(claims) };
  }

  /**
   * A token that was not revoked either.
   *
   * @throws HooklineError unauthenticated, token_expired, token_revoked
   */
  async ofLivingToken(token: string): Promise<UserCaller> {
    const caller = await this.ofToken(token);
    await this.revocations.refuseRevoked(caller);
    return caller;
  }

  /**
   * @param issuedAt ms, by the database's clock: revocations go by it
   * @param expiresIn seconds
   */
  async mint(
    { applicationId, userId, issuedAt }: { applicationId: string; userId: string; issuedAt: number },
    expiresIn: number,
  ): Promise<{ token: string; expiresAt: number }> {
    const {
      tokenSecrets: [tokenSecret],
    } = await this.keysOf(applicationId);
    const expiresAt = Math.floor(Date.now() / 1000) + expiresIn;
    const token = await new SignJWT({ application_id: applicationId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(userId)
      .setJti(uuidv4())
      .setIssuedAt(Math.floor(issuedAt / 1000))
      .setExpirationTime(expiresAt)
      .sign(tokenSecret);
    return { token, expiresAt: expiresAt * 1000 };
  }

  private async ofMasterKey(credentials: string): Promise<Caller> {
    const text = Buffer.from(credentials, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) throw unauthenticated('Basic credentials are application-id:master-key');
    const keys = await this.keysOf(text.slice(0, colon));
    const given = text.slice(colon + 1);
    // All of them are compared, whichever fits.
    if (!keys.masterKeys.map((masterKey) => equalSecrets(given, masterKey)).includes(true))
      throw unauthenticated('The application id or the key is wrong');
    return { kind: 'master', applicationId: keys.applicationId };
  }

  private ofInstallationKey(key: string): Caller {
    if (!equalSecrets(key, this.configuration.installationKey))
      throw unauthenticated('The key or token is wrong');
    return { kind: 'installation' };
  }

  /** @throws HooklineError unauthenticated when there is no such application */
  async keysOf(applicationId: unknown): Promise<OpenedKeys> {
    const parsed = applicationIdSchema.safeParse(applicationId);
    const keys = parsed.success ? await this.keys.of(parsed.data) : null;
    // The same answer as for a wrong key: nobody can find out which applications exist.
    if (keys === null) throw unauthenticated('The application id or the key is wrong');
    return keys;
  }
}

function isJwt(text: string): boolean {
  return text.split('.').length === 3;
}

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw unauthenticated('The token is not a JWT');
  }
}

function tokenOf({ jti, iat = 0, exp = 0 }: JWTPayload): UserToken {
  const id = tokenIdSchema.safeParse(jti);
  return {
    id: id.success ? id.data : null,
    issuedAt: millisecondsOf(iat),
    expiresAt: millisecondsOf(exp),
  };
}

/** Of a claim: it may have a fraction, and be any number. @param seconds since the epoch */
export function millisecondsOf(seconds: number): number {
  return Math.floor(Math.min(Math.max(seconds * 1000, 0), latestTime));
}

async function verify(token: string, keys: OpenedKeys): Promise<JWTPayload> {
  const attempts = [
    ...keys.tokenSecrets.map(
      (secret) => () =>
        jwtVerify(token, secret, { algorithms: ['HS256'], clockTolerance, requiredClaims: ['exp'] }),
    ),
    ...keys.publicKeys.map((pem) => async () => {
      const key = await importSPKI(pem, 'RS256');
      return jwtVerify(token, key, { algorithms: ['RS256'], clockTolerance, requiredClaims: ['exp'] });
    }),
  ];
  for (const attempt of attempts) {
    try {
      return (await attempt()).payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new HooklineError('token_expired');
    }
  }
  throw unauthenticated("The token's signature or claims are wrong");
}
