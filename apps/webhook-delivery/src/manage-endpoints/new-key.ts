import { newSigningKeyPair } from '#platform/outgoing/signature.js';
import type { Sealing } from '#platform/security/sealing.js';

/** What signs `v1a`, as it is kept. */
export function newKey(sealing: Sealing): { readonly keySealed: string; readonly publicKey: string } {
  const { privateKey, publicKey } = newSigningKeyPair();
  return { keySealed: sealing.seal(privateKey), publicKey };
}
