// A bot that calculates: what users send to its service conversation comes by a webhook, and each gets its own answer.
// Nothing here knows of Hookline: it is written on LeanCloud's packages, and would run at LeanCloud as it is.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import AV from 'leanengine';
import { evaluate } from './evaluate.mjs';
import { isSigned } from './signature.mjs';

const bot = 'MathBot';
const text = -1;

const {
  PORT = '4010',
  LEANCLOUD_APP_ID,
  LEANCLOUD_APP_KEY,
  LEANCLOUD_APP_MASTER_KEY,
  LEANCLOUD_APP_HOOK_KEY,
  LEANCLOUD_API_SERVER,
  MATH_CONV_ID: conversationId,
  WEBHOOK_SECRET,
} = process.env;
if (!LEANCLOUD_APP_ID || !LEANCLOUD_APP_KEY || !LEANCLOUD_APP_MASTER_KEY) {
  console.error('Set LEANCLOUD_APP_ID, LEANCLOUD_APP_KEY and LEANCLOUD_APP_MASTER_KEY.');
  process.exit(1);
}
if (!LEANCLOUD_API_SERVER || !conversationId) {
  console.error('Set LEANCLOUD_API_SERVER, and MATH_CONV_ID to the id that set-up.mjs has written.');
  process.exit(1);
}
const application = {
  appId: LEANCLOUD_APP_ID,
  appKey: LEANCLOUD_APP_KEY,
  masterKey: LEANCLOUD_APP_MASTER_KEY,
  // Without one, the package takes calls of its internal functions from everybody.
  hookKey: LEANCLOUD_APP_HOOK_KEY ?? randomUUID(),
  serverURL: LEANCLOUD_API_SERVER,
};
AV.init(application);

const conversation = /** @type {import('leanengine').Conversation} */ (
  AV.Object.createWithoutData('_Conversation', conversationId)
);
const asServer = { useMasterKey: true };

// Runs every hour where LeanCloud's timers are; whoever has the master key may call it at any time.
AV.Cloud.define('chime', { internal: true }, async () => {
  const said = { _lctext: `It is ${new Date().getHours()} o'clock`, _lctype: text };
  await conversation.broadcast(bot, said, {}, asServer);
});

/**
 * Messages may come twice: after a crash of ours, or of theirs.
 *
 * @type {Set<string>}
 */
const answered = new Set();
const remembered = 10_000;

/** @typedef {{msgId: string, from: string, data: string, noPersist?: boolean, conv: {objectId: string}}} Row */

/** @param {Row} row */
async function answer({ msgId: messageId, from, data, noPersist, conv: { objectId } }) {
  if (noPersist || objectId !== conversationId || answered.has(messageId)) return;
  const expression = textOf(data);
  if (expression === null) return;
  answered.add(messageId);
  if (answered.size > remembered) answered.delete([...answered][0] ?? '');
  const said = { _lctext: evaluate(expression) ?? 'I cannot calculate that.', _lctype: text };
  try {
    await conversation.send(bot, said, { toClients: [from] }, asServer);
  } catch (error) {
    console.error(`${from} was not answered: ${error}`);
  }
}

/**
 * @param {string} data
 * @returns {string | null} null when it is no text
 */
function textOf(data) {
  try {
    const { _lctype, _lctext } = JSON.parse(data);
    return _lctype === text && typeof _lctext === 'string' ? _lctext : null;
  } catch {
    return null;
  }
}

const longestBody = 5 * 1024 * 1024;

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function hear(request, response) {
  const body = await bodyOf(request);
  const isTrue = body !== null && (!WEBHOOK_SECRET || isSigned(request.headers, body, WEBHOOK_SECRET));
  const rows = isTrue ? rowsOf(body) : null;
  // The webhook waits for five seconds: the answers go their own way. What is not answered when this process dies is
  // not answered; whoever cannot have that writes the rows down before.
  response.writeHead(rows === null ? 401 : 200).end();
  for (const row of rows ?? []) await answer(row);
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > longestBody) return null;
  }
  return body;
}

/**
 * @param {string} body
 * @returns {Row[] | null} null when it is no list
 */
function rowsOf(body) {
  try {
    const rows = JSON.parse(body);
    return Array.isArray(rows) ? rows : null;
  } catch {
    return null;
  }
}

const engine = /** @type {(...handled: unknown[]) => void} */ (/** @type {unknown} */ (AV.express()));
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/webhook') {
    hear(request, response).catch((error) => {
      console.error(`a webhook was cut off: ${error}`);
      response.destroy();
    });
  } else {
    engine(request, response, () => response.writeHead(404).end());
  }
});

server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`MathBot listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}`);
});
