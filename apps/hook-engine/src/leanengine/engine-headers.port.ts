import { isIPv6 } from 'node:net';
import { createHmac } from 'node:crypto';
import type { LeanEngineCredentials } from '#contracts/hooks/servers.js';

/** What a call of a hook takes; kept sealed with the hook. */
export interface EngineAccess extends LeanEngineCredentials {
  /** Whether the server wants `__sign`. */
  readonly legacySign: boolean;
}

type Headers = Readonly<Record<string, string>>;

/** Of questions that take the master key. */
export function masterHeaders({ applicationId, masterKey }: LeanEngineCredentials): Headers {
  return { 'x-lc-id': applicationId, 'x-lc-key': `${masterKey},master`, 'user-agent': 'Hookline' };
}

/** Of a hook's call. Never `X-LC-Session`, for which a server would ask LeanCloud before it runs the hook. */
export function hookHeaders(
  { applicationId, applicationKey, hookKey }: LeanEngineCredentials,
  clientAddress: string | null,
): Headers {
  return {
    'x-lc-id': applicationId,
    'x-lc-key': applicationKey,
    // A server without a key refuses an empty one.
    ...(hookKey !== null && { 'x-lc-hook-key': hookKey }),
    ...(clientAddress !== null && { forwarded: `for=${forwardedFor(clientAddress)}` }),
    'content-type': 'application/json',
    'user-agent': 'Hookline',
  };
}

/** RFC 7239: an address with colons stands in brackets and quotes. */
function forwardedFor(address: string): string {
  return isIPv6(address) ? `"[${address}]"` : address;
}

/** The parameter `__sign`, by which servers of long ago know who calls. @param hook with its underscore; @param now ms */
export function legacySign(masterKey: string, hook: string, now: number): string {
  const signature = createHmac('sha1', masterKey).update(`${hook}:${String(now)}`);
  return `${String(now)},${signature.digest('hex')}`;
}
