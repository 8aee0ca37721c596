// A chat in the terminal: `node examples/chat/chat.mjs tom` here, `... jerry` in a second terminal.
import { clearLine, createInterface, cursorTo } from 'node:readline';
import { HooklineClient } from '@hookline/client';
import { hooklineUrl, mintToken, prepare } from './server-side.mjs';

const conversationId = 'terminal-chat';
const userId = process.argv[2];
if (userId === undefined) {
  console.error('Say who you are: node examples/chat/chat.mjs tom');
  process.exit(1);
}
await prepare(userId, conversationId);

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

/** @param {import('@hookline/client').TimelineEvent} event */
function describe(event) {
  const who = event.senderId ?? 'the server';
  switch (event.type) {
    case 'message': {
      const { content } = event;
      return `${event.seq} ${who}: ${content.type === 'text' ? content.text : JSON.stringify(content)}`;
    }
    case 'member.joined':
    case 'member.left': {
      const users = event.members.map((member) => member.userId).join(', ');
      return `${event.seq} ${users} ${event.type.slice('member.'.length)}`;
    }
    default:
      return `${event.seq} ${who} ${event.type} ${'data' in event ? JSON.stringify(event.data) : ''}`;
  }
}

// It comes back by itself, at whichever gateway it finds, and hears what it has missed first, once and in order.
const client = new HooklineClient({ url: hooklineUrl, getToken: () => mintToken(userId) });
client.on('event', (event) => {
  if (event.conversationId === conversationId) show(describe(event));
});
// If you are after one kind only: client.on('message.created', ...), client.on('custom:wave', ...).
client.on('gap', ({ toSeq }) => show(`-- much has been said; going on after ${toSeq}`));
client.on('state', ({ state, reason }) => {
  if (state === 'ready') show('-- connected: type a message, or /custom wave {"with":"both hands"}');
  else if (state === 'waiting') show(`-- disconnected (${reason?.code})`);
});

const { data: history } = await client.rest.GET('/api/v1/conversations/{conversationId}/events', {
  params: { path: { conversationId }, query: { limit: 10 } },
});
for (const event of history?.events.toReversed() ?? []) show(describe(event));
await client.connect().catch((error) => {
  show(`-- refused: ${error.code}: ${error.message}`);
  process.exit(1);
});

/** @param {string} line */
async function send(line) {
  const [command = '', name = '', json = '{}'] = line.match(/^\/custom\s+(\S+)\s*(.*)$/) ?? [];
  // Stored once, also if the connection breaks before it is acknowledged.
  const sent =
    command === ''
      ? await client.send(conversationId, line)
      : await client.sendCustomEvent(conversationId, name, JSON.parse(json || '{}'));
  if ('dropped' in sent) show('-- dropped: nobody will see it');
  else if (sent.modified) {
    const { content, recipients } = sent.modified;
    const parts = [
      content?.type === 'text' && `it says: ${content.text}`,
      recipients && `it goes to: ${recipients.join(', ')}`,
    ];
    show(`-- ${sent.seq} was modified; ${parts.filter(Boolean).join('; ')}`);
  }
}

/** One line after the other; the terminal may be closed before the last is through. */
let sending = Promise.resolve();
terminal.on('line', (line) => {
  prompt();
  if (line.trim() === '') return;
  sending = sending
    .then(() => send(line))
    .catch(({ code, message, hook }) =>
      show(
        hook ? `-- rejected by a hook: ${hook.code} ${hook.detail}` : `-- ${code ?? 'not sent'}: ${message}`,
      ),
    );
});
terminal.on('close', () => {
  void sending.then(() => client.close());
});
prompt();
