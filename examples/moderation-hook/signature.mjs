// Standard Webhooks (https://www.standardwebhooks.com): every call carries its id, its time, and an HMAC-SHA256 over
// both and the body. Whoever checks it knows that the call comes from Hookline and is not an old one.
import { createHmac, timingSafeEqual } from 'node:crypto';

const toleranceSeconds = 5 * 60;

/**
 * @param {string} secret `whsec_...`, as registering the hook has answered it
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} body as it came, before any parsing
 */
export function isSignedBy(secret, headers, body) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) <= toleranceSeconds;
  if (id === undefined || timestamp === undefined || !isRecent) return false;

  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  // There may be several, while a secret is being replaced by another.
  return String(headers['webhook-signature'])
    .split(' ')
    .some((signature) => {
      const [version, code = ''] = signature.split(',');
      const given = Buffer.from(code, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}
