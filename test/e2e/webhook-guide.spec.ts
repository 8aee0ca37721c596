import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../scripts/ports.mjs';
import { Example } from '../harness/example.js';
import { registerWebhook, testWebhook, webhookOf } from '../harness/managed-webhooks.js';
import { SharedWorld } from '../harness/shared-world.js';

const guide = readFileSync(fileURLToPath(new URL('../../docs/webhooks.md', import.meta.url)), 'utf8');
const listings = [...guide.matchAll(/^```js\n(.*?)^```$/gms)].map(([, text = '']) => text);

let world: SharedWorld;
let folder: string;
let server: Example | undefined;

beforeAll(async () => {
  world = await SharedWorld.attach();
  folder = mkdtempSync(join(tmpdir(), 'webhook-guide-'));
});
afterEach(() => server?.stop());
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

/** A listing of docs/webhooks.md that has these words, as a file. */
function written(words: string, ending = ''): string {
  const found = listings.filter((text) => text.includes(words));
  expect(found).toHaveLength(1);
  const path = join(folder, `${words.replaceAll(/\W/g, '')}.mjs`);
  writeFileSync(path, found[0]! + ending);
  return path;
}

test('the receiver of docs/webhooks.md takes what is signed, once, and nothing else', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const group = await application.group([tom]);
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}/`;
  const webhook = await registerWebhook(application, { url, eventTypes: ['message'] });
  const settings = { PORT: String(port), WEBHOOK_SECRET: webhook.secret };
  server = new Example(process.execPath, [written('createServer')], settings);
  await server.says(`listens on ${url}`);
  const { body } = await tom.send(group, 'Hello');
  const { seq } = body as { seq: number };
  await server.says(`message ${group.id} ${String(seq)}\n`);
  expect(await testWebhook(application, webhook)).toMatchObject({ delivered: true, status: 204 });
  const forged = await fetch(url, { method: 'POST', body: '{"type":"message","data":{}}' });
  expect(forged.status).toBe(401);
});

test('the function of docs/webhooks.md knows signatures of v1a', async () => {
  const application = await world.application();
  const webhook = await application.webhook(() => ({}), { signatures: ['v1', 'v1a'] });
  await testWebhook(application, webhook);
  const { publicKeys } = await webhookOf(application, webhook);
  const { headers, text } = webhook.received[0]!;
  const [v1 = '', v1a = ''] = String(headers['webhook-signature']).split(' ');
  const path = pathToFileURL(written('isSignedBy', 'export { isSignedBy };\n')).href;
  const { isSignedBy } = (await import(path)) as {
    isSignedBy: (key: string, headers: object, body: Buffer, signature: string) => boolean;
  };
  const [key = ''] = publicKeys;
  expect(isSignedBy(key, headers, Buffer.from(text), v1a)).toBe(true);
  expect(isSignedBy(key, headers, Buffer.from(`${text} `), v1a)).toBe(false);
  expect(isSignedBy(key, headers, Buffer.from(text), v1)).toBe(false);
});
