// `--register`: the hook server registers itself, keeps the secret in memory, and removes the hook when it stops.
// Comfortable for trying out. In production register once and put the secret where your server's secrets are.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} url where Hookline reaches this server
 * @returns {Promise<string>} the secret with which Hookline signs its calls
 */
export async function register(url) {
  const { hookline, applicationId, masterKey } = settings();
  const headers = {
    authorization: `Basic ${Buffer.from(`${applicationId}:${masterKey}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const response = await fetch(`${hookline}/api/v1/hooks`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'messageReceived', url }),
  });
  if (response.status !== 201) {
    console.error(`Hookline did not register the hook: ${response.status} ${await response.text()}`);
    process.exit(1);
  }
  const { id, secret } = /** @type {{id: string, secret: string}} */ (await response.json());
  console.log(`registered as hook ${id}`);
  void Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(async () => {
    const removal = fetch(`${hookline}/api/v1/hooks/${id}`, { method: 'DELETE', headers });
    const isRemoved = await removal.then(({ ok }) => ok).catch(() => false);
    console.log(isRemoved ? `removed hook ${id}` : `hook ${id} could not be removed`);
    process.exit(isRemoved ? 0 : 1);
  });
  return secret;
}

/** From the environment, else what `npm start` has written beside its data. */
function settings() {
  const file = join(import.meta.dirname, '..', '..', '.hookline', 'credentials.json');
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const {
    HOOKLINE_URL: hookline = 'http://127.0.0.1:3000',
    HOOKLINE_APP_ID: applicationId,
    HOOKLINE_MASTER_KEY: masterKey,
  } = { ...kept, ...process.env };
  if (applicationId === undefined || masterKey === undefined) {
    console.error('Set HOOKLINE_APP_ID and HOOKLINE_MASTER_KEY: `npm start` has not written them here.');
    process.exit(1);
  }
  return { hookline, applicationId, masterKey };
}
