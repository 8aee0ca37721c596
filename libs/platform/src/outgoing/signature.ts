import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Standard Webhooks asks for 24 to 64 bytes. */
const secretBytes = 32;

export function newSigningSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

export interface SignedMessage {
  /** The same in every redelivery, so that the receiver can tell; without '.', which separates the signed parts. */
  readonly id: string;
  /** Of this attempt, not of the event: receivers refuse what is older than a few minutes. */
  readonly timestamp: Date;
  readonly body: string;
}

/** The three headers of Standard Webhooks: a signature by each of the secrets, so that receivers may change theirs. */
export function signatureHeaders(
  secrets: readonly string[],
  { id, timestamp, body }: SignedMessage,
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, timestamp, body)).join(' '),
  };
}
