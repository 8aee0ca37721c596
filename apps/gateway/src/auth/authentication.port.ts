import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, importSPKI, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { v4 as uuidv4 } from 'uuid';
import { applicationId as applicationIdSchema } from '#contracts/identifiers.js';
import { userId as userIdSchema } from '#contracts/identifiers.js';
import { HooklineError } from '#contracts/errors.js';
import { equalSecrets } from '#platform/security/secrets.js';
import { GatewayConfiguration } from '../gateway.config.js';
import { ApplicationKeys, type OpenedKeys } from './application-keys.js';

/** Who is calling. */
export type Caller =
  | { readonly kind: 'installation' }
  | { readonly kind: 'master'; readonly applicationId: string }
  | { readonly kind: 'user'; readonly applicationId: string; readonly userId: string };

export type UserCaller = Extract<Caller, { kind: 'user' }>;

const unauthenticated = (detail: string): HooklineError => new HooklineError('unauthenticated', detail);
const clockTolerance = '5s';

/**
 * Checks credentials: the installation key (Bearer), an application's master key (Basic, application id as user name), or
 * a user's token (Bearer, a JWT with the claims `application_id` and `sub`, HS256 or RS256).
 */
@Injectable()
export class Authentication {
  constructor(
    private readonly keys: ApplicationKeys,
    private readonly configuration: GatewayConfiguration,
  ) {}

  /** @throws HooklineError unauthenticated, token_expired */
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
        return isJwt(credentials) ? this.ofToken(credentials) : this.ofInstallationKey(credentials);
      default:
        throw unauthenticated('The Authorization scheme must be Basic or Bearer');
    }
  }

  /** @throws HooklineError unauthenticated, token_expired */
  async ofToken(token: string): Promise<UserCaller> {
    const { application_id: applicationId } = claimsOf(token);
    const keys = await this.keysOf(applicationId);
    const { sub } = await verify(token, keys);
    const userId = userIdSchema.safeParse(sub);
    if (!userId.success) throw unauthenticated("The token's claim `sub` must be a user id");
    return { kind: 'user', applicationId: keys.applicationId, userId: userId.data };
  }

  /** @param expiresIn seconds */
  async mint(
    applicationId: string,
    userId: string,
    expiresIn: number,
  ): Promise<{ token: string; expiresAt: number }> {
    const {
      tokenSecrets: [tokenSecret],
    } = await this.keysOf(applicationId);
    const issuedAt = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({ application_id: applicationId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(userId)
      .setJti(uuidv4())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + expiresIn)
      .sign(tokenSecret);
    return { token, expiresAt: (issuedAt + expiresIn) * 1000 };
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

  private async keysOf(applicationId: unknown): Promise<OpenedKeys> {
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
