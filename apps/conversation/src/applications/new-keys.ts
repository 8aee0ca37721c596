import type { ApplicationKey } from '#contracts/applications.js';
import { randomSecret } from '#platform/security/secrets.js';

/** What each key begins with, so that a leaked one can be recognised. */
const prefixes: Readonly<Record<ApplicationKey, string>> = {
  appKey: 'hla',
  masterKey: 'hlm',
  hookKey: 'hlh',
  tokenSecret: 'hlt',
};

export function newKey(kind: ApplicationKey): string {
  return randomSecret(prefixes[kind]);
}
