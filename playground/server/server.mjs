// @ts-check
// The server beside the playground page, as anybody who builds with Hookline has one: it mints tokens, moderates by a hook,
// and gets webhooks. `npm start` brings it; it is bound to this machine alone.
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Hookline } from './hookline.mjs';
import { moderate, readRules } from './rules.mjs';
import { Visits } from './visits.mjs';

const {
  HOOKLINE_URL: gatewayUrl = 'http://127.0.0.1:3000',
  HOOKLINE_INSTALLATION_KEY: installationKey = '',
  PORT: port = '4100',
  PLAYGROUND_KEYS: keysFile = 'playground.json',
  PLAYGROUND_ORIGINS: origins = '',
} = process.env;
const ownUrl = `http://127.0.0.1:${port}`;
const allowedOrigins = new Set(origins.split(','));
const largestBody = 512 * 1024;

const hookline = new Hookline(gatewayUrl);
const visits = new Visits(hookline);
/** @type {Promise<{hookSecret: string, webhookSecret: string}>} */
const registered = hookline.enter(keysFile, installationKey).then(() => hookline.register(ownUrl));
registered.then(
  () => visits.watchPushes(),
  (error) => {
    console.error(String(error));
    process.exit(1);
  },
);

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {{status: number, body?: unknown}} Answer */

const notFound = { status: 404, body: { detail: 'There is nothing here' } };

/** @type {Record<string, (request: Request, id: string) => Promise<Answer>>} by method and first segment of the path */
const routes = {
  'GET health': async () => {
    await registered;
    return { status: 200, body: { status: 'ok' } };
  },
  'POST visits': async () => {
    await registered;
    return { status: 201, body: await visits.begin() };
  },
  'POST tokens': async (_request, userId) => {
    const token = await visits.token(userId);
    return token === null ? notFound : { status: 201, body: { token } };
  },
  'PUT rules': async (request, conversationId) => {
    const visit = visits.of(conversationId);
    const rules = readRules(jsonOf(await textOf(request)));
    if (visit === undefined) return notFound;
    if (rules === null) return { status: 400, body: { detail: 'These are no rules' } };
    visit.rules = rules;
    return { status: 200, body: rules };
  },
  'POST hook': async (request) => {
    const text = await textOf(request);
    if (!isSigned(request, text, (await registered).hookSecret)) return { status: 401 };
    const { conversation, event } = JSON.parse(text);
    const content = event.content.type === 'text' ? event.content.text : '';
    const { answer, matched } = moderate(visits.of(conversation.id)?.rules ?? [], content);
    visits.tell(conversation.id, 'hook', { senderId: event.senderId, text: content, answer, matched });
    return { status: 200, body: answer };
  },
  'POST webhook': async (request) => {
    const text = await textOf(request);
    if (!isSigned(request, text, (await registered).webhookSecret)) return { status: 401 };
    const { type, data } = JSON.parse(text);
    visits.tell(data.conversationId, 'webhook', { type, eventId: data.id });
    return { status: 204 };
  },
};

const server = createServer((request, response) => {
  const { method = '', url = '' } = request;
  const [, first = '', id = ''] = new URL(url, ownUrl).pathname.split('/');
  const { origin } = request.headers;
  if (origin !== undefined) {
    // Other pages that are open in this browser have no business here.
    if (!allowedOrigins.has(origin)) return void response.writeHead(403).end();
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT');
    response.setHeader('access-control-allow-headers', 'content-type');
  }
  if (method === 'OPTIONS') return void response.writeHead(204).end();
  if (method === 'GET' && first === 'stream') return stream(decodeURIComponent(id), response);
  const route = routes[`${method} ${first}`];
  (route?.(request, decodeURIComponent(id)) ?? Promise.resolve(notFound)).then(
    ({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    },
    (error) => {
      console.error(String(error));
      response.writeHead(502, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ detail: 'Hookline did not do what was asked' }));
    },
  );
});

/**
 * What happens in a conversation, as server-sent events.
 *
 * @param {string} conversationId
 * @param {import('node:http').ServerResponse} response
 */
function stream(conversationId, response) {
  const visit = visits.of(conversationId);
  if (visit === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(':\n\n');
  /** @type {(name: string, data: object) => void} */
  const tell = (name, data) => {
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  visit.watchers.add(tell);
  response.on('close', () => visit.watchers.delete(tell));
}

/** @param {Request} request @returns {Promise<string>} */
async function textOf(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestBody) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @param {string} text @returns {unknown} */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {Request} request @param {string} text @param {string} secret */
function isSigned({ headers }, text, secret) {
  try {
    new Webhook(secret).verify(text, /** @type {Record<string, string>} */ (headers));
    return true;
  } catch {
    return false;
  }
}

server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
// The pipe that the supervisor holds ends with it, however it ends.
const pipe = process.env['HOOKLINE_PARENT_PIPE'];
if (pipe !== undefined) {
  // A socket, not a file: reading a file would hold up the end of this process until there is something to read.
  new Socket({ fd: Number(pipe) }).on('close', () => process.exit(0)).resume();
}
