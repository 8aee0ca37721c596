import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older ones may be repetitions of somebody who has listened (s). */
const tolerance = 5 * 60;

/**
 * Standard Webhooks: whether who knows the secret has sent this body, just now.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} body
 * @param {string} secret as Hookline has shown it, with `whsec_`
 */
export function isSigned(headers, body, secret) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (typeof signatures !== 'string') return false;
  if (!(Math.abs(Date.now() / 1_000 - Number(timestamp)) <= tolerance)) return false;
  const expected = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest();
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return (
      signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected)
    );
  });
}
