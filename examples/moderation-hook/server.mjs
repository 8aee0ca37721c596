// A moderation hook: Hookline asks it about every message before anybody sees it. Plain Node, no dependencies.
// How to start it stands in the README.md beside this file.
import { createServer } from 'node:http';
import { register } from './register.mjs';
import { isSignedBy } from './signature.mjs';

/**
 * What is to become of a message. `{}` changes nothing.
 *
 * @param {{event: {content: {type: string, text?: string}}, recipients: string[]}} asked
 */
function moderate({ event, recipients }) {
  const { text } = event.content;
  if (text === undefined) return {}; // JSON, bytes, or a custom event: not our business.
  if (/\bspam\b/i.test(text)) return { action: 'drop' }; // As if it had never been sent.
  if (/\bcasino\b/i.test(text)) return { action: 'reject', code: 1234, detail: 'No advertisements here' };

  /** @type {{content?: object, recipients?: string[]}} */
  const changes = {};
  if (text.includes('crap')) changes.content = { type: 'text', text: text.replaceAll('crap', '**') };
  // "@jerry psst" is whispered: of all who would get it, only jerry does.
  const whispered = recipients.filter((name) => text.startsWith(`@${name} `));
  if (whispered.length > 0) changes.recipients = whispered;
  return changes;
}

const { PORT = '4000', HOOK_SECRET } = process.env;
const wantsRegistration = process.argv.includes('--register');
if (!wantsRegistration && HOOK_SECRET === undefined) {
  console.error('Set HOOK_SECRET to what registering the hook answered, or start with --register.');
  process.exit(1);
}
// Hookline may call as soon as the hook is registered, which is before the answer with the secret has come:
// requests wait for the secret.
/** @type {(secret: string) => void} */
let know;
/** @type {Promise<string>} */
const secretKnown = new Promise((resolve) => (know = resolve));

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const body = Buffer.concat(chunks).toString('utf8');
    if (!isSignedBy(await secretKnown, request.headers, body)) {
      console.log('refused a request without a good signature');
      response.writeHead(401).end();
      return;
    }
    const answer = moderate(JSON.parse(body));
    console.log(`${request.headers['webhook-id']}: ${JSON.stringify(answer)}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
});

server.listen(Number(PORT), '127.0.0.1', async () => {
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}/`;
  console.log(`moderation hook listens on ${url}`);
  know(wantsRegistration ? await register(process.env['HOOK_URL'] ?? url) : (HOOK_SECRET ?? ''));
});
