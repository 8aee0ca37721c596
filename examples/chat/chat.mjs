// A chat in the terminal: `node examples/chat/chat.mjs tom` here, `... jerry` in a second terminal.
import { randomUUID } from 'node:crypto';
import { clearLine, createInterface, cursorTo } from 'node:readline';
import { io } from 'socket.io-client';
import { hooklineUrl, mintToken, prepare } from './server-side.mjs';

const conversationId = 'terminal-chat';
const userId = process.argv[2];
if (userId === undefined) {
  console.error('Say who you are: node examples/chat/chat.mjs tom');
  process.exit(1);
}
await prepare(userId, conversationId);
let token = await mintToken(userId);

const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: `${userId}> ` });

/** @param {string} line shown above what is being typed */
function show(line) {
  if (terminal.terminal) {
    clearLine(process.stdout, 0);
    cursorTo(process.stdout, 0);
  }
  console.log(line);
  prompt();
}

function prompt() {
  if (terminal.terminal) terminal.prompt(true); // Not into a pipe.
}

/** @param {any} event */
function describe({ type, seq, senderId, content, data, members }) {
  switch (type) {
    case 'message':
      return `${seq} ${senderId}: ${content.type === 'text' ? content.text : JSON.stringify(content)}`;
    case 'member.joined':
    case 'member.left':
      return `${seq} ${members.map((/** @type {any} */ member) => member.userId).join(', ')} ${type.slice(7)}`;
    default:
      return `${seq} ${senderId} ${type} ${JSON.stringify(data)}`;
  }
}

const listed = await fetch(`${hooklineUrl}/api/v1/conversations/${conversationId}/events?limit=10`, {
  headers: { authorization: `Bearer ${token}` },
});
const { events: newestFirst } = /** @type {{events: any[]}} */ (await listed.json());
for (const event of newestFirst.toReversed()) show(describe(event));

// The last seq received from each conversation, only ever from events. After a reconnect, whatever comes after it is
// delivered first, once and in order, whichever gateway the client finds.
/** @type {Record<string, number>} */
const resume = { [conversationId]: newestFirst[0]?.seq ?? 0 };

const socket = io(hooklineUrl, {
  transports: ['websocket'],
  // A function, so that every connection says what has been received by then.
  auth: (send) => send({ token, resume }),
  // One after the other, and again if no acknowledgement comes; the idempotency key lets it be stored once.
  retries: 5,
  ackTimeout: 20_000,
});

socket.onAny((_name, event) => {
  if (typeof event?.seq !== 'number') return; // session.ready and the like
  resume[event.conversationId] = event.seq;
  if (event.conversationId === conversationId) show(describe(event));
});
// If you are after one kind only: socket.on('message.created', ...), socket.on('custom:wave', ...).

socket.on('session.ready', ({ conversations }) => {
  for (const { conversationId: id, seq, tooFarBehind } of conversations) {
    if (!tooFarBehind) continue;
    resume[id] = seq; // More than 1,000 events were missed; a real client lists the history now.
    if (id === conversationId) show(`-- much has been said; going on after ${seq}`);
  }
  show('-- connected: type a message, or /custom wave {"with":"both hands"}');
});
socket.on('disconnect', (reason) => {
  show(`-- disconnected (${reason})`);
  if (reason === 'io server disconnect') socket.connect(); // In all other cases socket.io does it.
});
socket.on('connect_error', async (/** @type {Error & {data?: any}} */ error) => {
  if (socket.active) return; // Nobody there: socket.io tries again by itself.
  const { code, detail, retryable } = error.data ?? { code: 'unknown', detail: error.message };
  if (code === 'token_expired') token = await mintToken(userId);
  else if (!retryable) {
    show(`-- refused: ${code}: ${detail}`);
    process.exit(1);
  }
  setTimeout(() => socket.connect(), 1_000);
});

/** @param {string} line */
async function send(line) {
  const [command = '', name, json = '{}'] = line.match(/^\/custom\s+(\S+)\s*(.*)$/) ?? [];
  const idempotencyKey = randomUUID();
  const answer =
    command === ''
      ? await socket.emitWithAck('message.send', {
          conversationId,
          content: { type: 'text', text: line },
          idempotencyKey,
        })
      : await socket.emitWithAck('custom_event.send', {
          conversationId,
          name,
          data: JSON.parse(json || '{}'),
          idempotencyKey,
        });
  if (!answer.ok) {
    const { code, detail, hook } = answer.error;
    show(hook ? `-- rejected by a hook: ${hook.code} ${hook.detail}` : `-- ${code}: ${detail}`);
  } else if (answer.dropped) show('-- dropped: nobody will see it');
  else if (answer.modified) {
    const { content, recipients } = answer.modified;
    const parts = [
      content && `it says: ${content.text}`,
      recipients && `it goes to: ${recipients.join(', ')}`,
    ];
    show(`-- ${answer.seq} was modified; ${parts.filter(Boolean).join('; ')}`);
  }
}

/** One line after the other; the terminal may be closed before the last is through. */
let sending = Promise.resolve();
terminal.on('line', (line) => {
  prompt();
  if (line.trim() === '') return;
  sending = sending.then(() => send(line)).catch((error) => show(`-- not sent: ${error.message}`));
});
terminal.on('close', () => {
  void sending.then(() => socket.disconnect());
});
prompt();
