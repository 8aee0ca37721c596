import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { leanCloudLimits } from '#contracts/leancloud/limits.js';
import { equalSecrets } from '#platform/security/secrets.js';
import { Authentication } from '../../../auth/authentication.port.js';
import { LeanCloudError } from '../leancloud-error.js';
import type { LeanCloudCaller } from '../requested.js';
import { isObject } from '../translate/where.js';

/** The names of each header; the later ones are those of older clients. */
const names = {
  id: ['x-lc-id', 'x-avoscloud-application-id', 'x-uluru-application-id'],
  key: ['x-lc-key', 'x-avoscloud-application-key', 'x-uluru-application-key'],
  masterKey: ['x-avoscloud-master-key', 'x-uluru-master-key'],
  sign: ['x-lc-sign', 'x-avoscloud-request-sign', 'x-uluru-request-sign'],
} as const;

/** As some of LeanCloud's first clients send them. */
const inBody = 'Credentials in a body are not served by Hookline: send X-LC-Id and X-LC-Key';

/** Said behind a key, or a signature, that is the master key's. */
const ofMaster = 'master';

/**
 * Checks LeanCloud's credentials: an application's id with its key, its master key, or the MD5 of one of them and the time.
 * Keys that were rotated count while they are valid.
 */
@Injectable()
export class LeanCloudAuthentication {
  constructor(private readonly authentication: Authentication) {}

  /**
   * @param body looked at for nothing but to say why it lets nobody in
   * @throws HooklineError unauthenticated. @throws LeanCloudError 401
   */
  async of(headers: IncomingHttpHeaders, body: unknown): Promise<LeanCloudCaller> {
    if (valueOf(headers, 'id') === undefined && isObject(body) && '_ApplicationId' in body)
      throw new LeanCloudError(401, leanCloudCodes.unauthorized, inBody);
    const { applicationId, appKeys, masterKeys } = await this.authentication.keysOf(valueOf(headers, 'id'));
    const kind = shown(headers, { application: appKeys, master: masterKeys });
    if (kind === null) throw new HooklineError('unauthenticated');
    return { kind, applicationId };
  }
}

type Keys = Readonly<Record<LeanCloudCaller['kind'], readonly string[]>>;

/** Whose key was shown; null: nobody's. */
function shown(headers: IncomingHttpHeaders, keys: Keys): LeanCloudCaller['kind'] | null {
  const sign = valueOf(headers, 'sign');
  if (sign !== undefined) {
    const [digest = '', time = '', role] = sign.split(',').map((part) => part.trim());
    const kind = role === ofMaster ? 'master' : 'application';
    const isRecent =
      /^\d{1,15}$/.test(time) && Math.abs(Date.now() - Number(time)) <= leanCloudLimits.signatureValidity;
    // Some clients write it in upper case.
    return isRecent &&
      isAmong(
        digest.toLowerCase(),
        keys[kind].map((key) => md5(`${time}${key}`)),
      )
      ? kind
      : null;
  }
  const masterKey = valueOf(headers, 'masterKey');
  // Some clients show the application key beside it.
  if (masterKey !== undefined) return isAmong(masterKey, keys.master) ? 'master' : null;
  const key = valueOf(headers, 'key') ?? '';
  const [given = '', role] = key.split(',').map((part) => part.trim());
  const kind = role === ofMaster ? 'master' : 'application';
  return isAmong(given, keys[kind]) ? kind : null;
}

/** All are compared, whichever fits. */
function isAmong(given: string, valid: readonly string[]): boolean {
  return valid.map((one) => equalSecrets(given, one)).includes(true);
}

function valueOf(headers: IncomingHttpHeaders, header: keyof typeof names): string | undefined {
  for (const name of names[header]) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}
