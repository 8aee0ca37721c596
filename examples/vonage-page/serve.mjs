// Two people in a browser on the vendor's unmodified package, and what their own server does for them, on the vendor's packages for
// servers. Hookline's own API is asked once: to know the application's public key.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Auth } from '@vonage/auth';
import { Conversations, MemberState } from '@vonage/conversations';
import { tokenGenerate } from '@vonage/jwt';
import { Users } from '@vonage/users';

const dataFolder = join(import.meta.dirname, '..', '..', '.hookline');
const file = join(dataFolder, 'credentials.json');
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const {
  HOOKLINE_URL: url = 'http://127.0.0.1:3000',
  HOOKLINE_APP_ID: applicationId,
  HOOKLINE_MASTER_KEY: masterKey,
  PRIVATE_KEY: keyFile = join(dataFolder, 'vonage-page.pem'),
  PORT = '4020',
} = { ...kept, ...process.env };
if (!applicationId || !masterKey) {
  console.error('Set HOOKLINE_APP_ID and HOOKLINE_MASTER_KEY: `npm start` has not written them here.');
  process.exit(1);
}
/** @typedef {import('@vonage/conversations').Member} Member */

const names = ['alice', 'bob'];
const conversationName = 'vonage-page';

/** What the token of a client opens, as the vendor's guides have it. */
const acl = {
  paths: Object.fromEntries(
    ['rtc', 'users', 'conversations', 'sessions', 'devices', 'image', 'media', 'applications', 'push'].map(
      (name) => [`/*/${name}/**`, {}],
    ),
  ),
};

const privateKey = ownKey();
await register(
  createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString(),
);
const auth = new Auth({ applicationId, privateKey });
const users = new Users(auth, { apiHost: url });
const conversations = new Conversations(auth, { apiHost: url });
const conversationId = await setUp();

const require = createRequire(import.meta.url);
const page = readFileSync(join(import.meta.dirname, 'page.html'));
const bundle = readFileSync(require.resolve('nexmo-client-8/dist/nexmoClient.min.js'));
const frames = names.map((name) => `<iframe title="${name}" src="/page?name=${name}"></iframe>`).join('');
const both = `<!doctype html><title>Custom events</title><link rel="icon" href="data:,">
<style>body { display: flex; margin: 0 } iframe { border: 0; flex: 1; height: 100vh }</style>${frames}`;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page');
  const name = searchParams.get('name') ?? '';
  if (pathname === '/') answer('text/html', both);
  else if (pathname === '/page') answer('text/html', page);
  else if (pathname === '/nexmoClient.min.js') answer('text/javascript', bundle);
  else if (pathname === '/session' && names.includes(name)) {
    // Yours would first ask who that is.
    const token = tokenGenerate(applicationId, privateKey, { subject: name, acl });
    answer('application/json', JSON.stringify({ token, conversationId, url }));
  } else response.writeHead(404).end();

  /**
   * @param {string} type
   * @param {string | Buffer} body
   */
  function answer(type, body) {
    response.setHeader('content-type', `${type}; charset=utf-8`);
    response.end(body);
  }
});
server.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`${names.join(' and ')} are at http://127.0.0.1:${port}/`);
});

/** As the vendor's console makes one; the same every time. */
function ownKey() {
  if (!existsSync(keyFile)) {
    const made = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    mkdirSync(dirname(keyFile), { recursive: true });
    writeFileSync(keyFile, made.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  return readFileSync(keyFile, 'utf8');
}

/**
 * Beside the keys that are registered already.
 *
 * @param {string} publicKey
 */
async function register(publicKey) {
  const { publicKeys } = await native('GET');
  if (!publicKeys.includes(publicKey)) await native('PATCH', { publicKeys: [...publicKeys, publicKey] });
}

/**
 * @param {string} method
 * @param {object} [body]
 */
async function native(method, body) {
  const response = await fetch(`${url}/api/v1/applications/${applicationId}`, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${applicationId}:${masterKey}`)}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    console.error(`Hookline refused the public key: ${response.status} ${await response.text()}`);
    process.exit(1);
  }
  return /** @type {Promise<{publicKeys: string[]}>} */ (response.json());
}

/** Two users in a conversation, as far as a former start has not made them. @returns its id */
async function setUp() {
  for (const name of names) {
    const { _embedded: page } = await users.getUserPage({ name });
    if (page.users.length === 0) await users.createUser({ name });
  }
  const id = (await known()) ?? (await conversations.createConversation({ name: conversationName })).id ?? '';
  const absent = new Set(names);
  for await (const { state, user } of conversations.listAllMembers(id)) {
    if (state === MemberState.JOINED) absent.delete(user.name ?? '');
  }
  for (const name of absent) {
    const member = { state: MemberState.JOINED, user: { name } };
    await conversations.createMember(id, /** @type {Member} */ (member));
  }
  return id;
}

async function known() {
  for await (const { id, name } of conversations.listAllConversations({ pageSize: 100 })) {
    if (name === conversationName) return id;
  }
  return undefined;
}
