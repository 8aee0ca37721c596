import { createHmac } from 'node:crypto';
import { equalSecrets } from '#platform/security/secrets.js';

/**
 * What a customer's server has signed with the master key so that one of its clients may do this once it shows the
 * signature. Members are as the client sent them, itself among them where it starts a conversation.
 */
export type SignedAction =
  | { readonly area: 'login' }
  | { readonly area: 'start'; readonly members: readonly string[] }
  | {
      readonly area: 'members';
      readonly action: 'invite' | 'kick';
      readonly conversationId: string;
      readonly members: readonly string[];
    }
  | { readonly area: 'history'; readonly conversationId: string }
  | {
      readonly area: 'blacklist';
      readonly action: 'client-block-conversations' | 'client-unblock-conversations';
      readonly conversationId: string;
    }
  | {
      readonly area: 'blacklist';
      readonly action: 'conversation-block-clients' | 'conversation-unblock-clients';
      readonly conversationId: string;
      readonly members: readonly string[];
    };

interface Shown {
  readonly clientId: string;
  /** As it was signed: seconds or milliseconds. */
  readonly timestamp: string;
  readonly nonce: string;
  /** HMAC-SHA1 in hexadecimal digits. */
  readonly signature: string;
}

interface Keys {
  readonly applicationId: string;
  /** Those that are valid, former ones included. */
  readonly masterKeys: readonly string[];
}

/** How long a signature is valid, and how far a clock may be ahead (ms). */
export const signatureValidity = 6 * 60 * 60 * 1_000;
/** Below it a timestamp is in seconds: as milliseconds it would be in 1973. */
const firstMilliseconds = 100_000_000_000;

/**
 * The texts any of which may have been signed. LeanCloud's guide and LeanCloud's own sample disagree about the order of
 * nonce and timestamp for the history: both are taken.
 */
export function signedTexts(
  applicationId: string,
  { clientId, timestamp, nonce }: Omit<Shown, 'signature'>,
  action: SignedAction,
): readonly string[] {
  const start = `${applicationId}:${clientId}`;
  const end = `${timestamp}:${nonce}`;
  switch (action.area) {
    case 'login':
      return [`${start}::${end}`];
    case 'start':
      return [`${start}:${joined(action.members)}:${end}`];
    case 'members':
      return [`${start}:${action.conversationId}:${joined(action.members)}:${end}:${action.action}`];
    case 'history':
      return [
        `${start}:${action.conversationId}:${nonce}:${timestamp}`,
        `${start}:${action.conversationId}:${end}`,
      ];
    case 'blacklist':
      return 'members' in action
        ? [`${start}:${action.conversationId}:${joined(action.members)}:${end}:${action.action}`]
        : [`${start}:${action.conversationId}::${end}:${action.action}`];
  }
}

/**
 * Whether the signature is one of the application's for this action, and not too old.
 *
 * @param now ms
 */
export function isSigned(keys: Keys, shown: Shown, action: SignedAction, now: number): boolean {
  const members = 'members' in action ? action.members : [];
  // A colon would let one text stand for two meanings.
  if ([shown.clientId, shown.nonce, ...members].some((part) => part.includes(':'))) return false;
  if (!/^\d{1,15}$/.test(shown.timestamp)) return false;
  // Both orders of it and the timestamp are taken: exchanged, they would make an old signature a new one.
  if (action.area === 'history' && /^\d{9,15}$/.test(shown.nonce)) return false;
  const given = Number(shown.timestamp);
  const signedAt = given < firstMilliseconds ? given * 1_000 : given;
  if (Math.abs(now - signedAt) > signatureValidity) return false;
  const signature = shown.signature.toLowerCase();
  // All are compared, whichever fits.
  return signedTexts(keys.applicationId, shown, action)
    .flatMap((text) => keys.masterKeys.map((key) => equalSecrets(signature, signatureOf(text, key))))
    .includes(true);
}

/** HMAC-SHA1 of a text, in hexadecimal digits. */
export function signatureOf(text: string, masterKey: string): string {
  return createHmac('sha1', masterKey).update(text, 'utf8').digest('hex');
}

/** Sorted as JavaScript sorts texts: by code unit. */
function joined(members: readonly string[]): string {
  return members.toSorted().join(':');
}
