// Once: the service conversation, and the webhook that its messages go to. This is Hookline's own API; at LeanCloud both are
// made in the console.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [url = 'http://127.0.0.1:4010/webhook'] = process.argv.slice(2);
const file = join(import.meta.dirname, '..', '..', '.hookline', 'credentials.json');
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const {
  HOOKLINE_URL = 'http://127.0.0.1:3000',
  HOOKLINE_APP_ID,
  HOOKLINE_MASTER_KEY,
} = { ...kept, ...process.env };
if (!HOOKLINE_APP_ID || !HOOKLINE_MASTER_KEY) {
  console.error('Set HOOKLINE_APP_ID and HOOKLINE_MASTER_KEY: `npm start` has not written them here.');
  process.exit(1);
}

/**
 * @param {string} path
 * @param {object} body
 */
async function create(path, body) {
  const response = await fetch(`${HOOKLINE_URL}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${HOOKLINE_APP_ID}:${HOOKLINE_MASTER_KEY}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    console.error(`Hookline refused ${path}: ${response.status} ${await response.text()}`);
    process.exit(1);
  }
  return /** @type {Promise<{id: string, secret: string}>} */ (response.json());
}

const { id: conversationId } = await create('/conversations', {
  kind: 'system',
  name: 'MathBot',
  uniqueKey: 'math-bot',
});
const { secret } = await create('/webhooks', { url, format: { kind: 'leancloud' } });
console.log(`export MATH_CONV_ID=${conversationId} WEBHOOK_SECRET=${secret}`);
