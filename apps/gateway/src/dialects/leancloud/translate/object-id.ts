import { createHash, randomBytes } from 'node:crypto';
import type { IdempotentRequest } from '#contracts/idempotency.js';

const random = randomBytes(5).toString('hex');
let counter = randomBytes(3).readUIntBE(0, 3);

/**
 * An id as LeanCloud's own objects have it, 24 hexadecimal digits: time, process and counter. Under an idempotency key it
 * is made from that, so that a request that is repeated asks for the same.
 */
export function newObjectId(applicationId: string, request: IdempotentRequest | null): string {
  if (request !== null) {
    const text = JSON.stringify([applicationId, request.namespace, request.key]);
    return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 24);
  }
  counter = (counter + 1) % 0x1000000;
  const seconds = Math.floor(Date.now() / 1_000) % 0x100000000;
  return `${hex(seconds, 8)}${random}${hex(counter, 6)}`;
}

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, '0');
}
