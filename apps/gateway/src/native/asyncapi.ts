import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import { wireError, type ErrorCode } from '#contracts/errors.js';
import { customEvent } from '#contracts/event.js';
import { hookAnswers } from '#contracts/hooks/answers.js';
import { hookMoments, hookName, isBlocking, type BlockingHookName } from '#contracts/hooks/names.js';
import { hookRequests } from '#contracts/hooks/requests.js';
import { commonSocketErrors, handshakeAuth, socketCommands, socketEvents } from '#contracts/sockets.js';
import { webhookBodies } from '#contracts/webhooks/payloads.js';

/** A message of the document, by its key there. */
interface Said {
  readonly key: string;
  /** As it is called on the wire. */
  readonly name: string;
  readonly summary: string;
  /** What others say is described as we read it, defaults included; what we say as it leaves. */
  readonly by: 'us' | 'them';
  readonly payload: z.ZodType;
  readonly headers?: z.ZodType;
  /** Of an acknowledgement: the errors that it can have. */
  readonly errors?: readonly ErrorCode[];
}

/** One exchange as AsyncAPI has it, from our side: we receive or send the first message, the others are the answer. */
interface Exchange {
  readonly key: string;
  readonly channel: keyof typeof channels;
  readonly action: 'receive' | 'send';
  readonly message: Said;
  readonly answers: readonly Said[];
}

const channels = {
  sockets: {
    address: '/socket.io/',
    title: 'socket.io',
    description:
      'Commands are emitted with an acknowledgement; events are heard under their names. WebSocket only; `auth` of the handshake is the message `handshake`.',
  },
  hooks: {
    address: null,
    title: 'Hooks',
    description: "POSTs to a hook's URL, answered with HTTP 200 and JSON. See docs/hooks.md.",
  },
  webhooks: {
    address: null,
    title: 'Webhooks',
    description: "POSTs to a webhook's URL, answered with any 2xx. See docs/webhooks.md.",
  },
} as const;

const signed = z.object({
  'webhook-id': z.string().meta({ description: 'The same in every repetition.' }),
  'webhook-timestamp': z.string().meta({ description: 'Of this attempt, in seconds since the epoch.' }),
  'webhook-signature': z
    .string()
    .meta({ description: 'As in Standard Webhooks: `v1,<base64>`, perhaps several.' }),
});

/** The AsyncAPI 3.0 document: sockets, hooks, webhooks. Made from the contracts that the gateway itself uses. */
export function asyncApiDocument(): object {
  const exchanges = [...socketExchanges(), ...hookExchanges()];
  const messages = [
    ...new Map(
      exchanges.flatMap(({ message, answers }) => [message, ...answers]).map((said) => [said.key, said]),
    ),
  ].map(([, said]) => said);
  const schemas = schemasOf(messages);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hookline',
      version: '0.1.0',
      description: 'What clients hear and say over socket.io, and what hooks and webhooks are called with.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => {
        const own = exchanges.filter((exchange) => exchange.channel === name);
        const keys = new Set(
          own.flatMap(({ message, answers }) => [message, ...answers]).map(({ key }) => key),
        );
        const references = [...keys].map((key) => [key, { $ref: `#/components/messages/${key}` }]);
        return [name, { ...channel, messages: Object.fromEntries(references) as object }];
      }),
    ),
    operations: Object.fromEntries(exchanges.map((exchange) => [exchange.key, operationOf(exchange)])),
    components: {
      messages: Object.fromEntries(
        messages.map(({ key, name, summary, headers, errors }) => [
          key,
          {
            ...{ name, summary, ...(headers && { headers: schemas.headers(key) }) },
            payload: errors === undefined ? schemas.payload(key) : withErrors(schemas.payload(key), errors),
          },
        ]),
      ),
      schemas: schemas.shared,
    },
  };
}

function socketExchanges(): Exchange[] {
  const handshake: Said = {
    key: 'handshake',
    name: 'auth',
    summary: "`auth` of socket.io's handshake",
    by: 'them',
    payload: handshakeAuth,
  };
  const refusal: Said = {
    key: 'connect_error',
    name: 'connect_error',
    summary: 'The connection is refused; this is `data` of the error',
    by: 'us',
    payload: wireError,
  };
  const heard = {
    ...socketEvents,
    'custom:name': { summary: 'A custom event, heard under its type', payload: customEvent },
  };
  const events = Object.entries(heard).map(([name, { summary, payload }]): Said => {
    return { key: `event.${name.replace(':', '.')}`, name, summary, by: 'us', payload };
  });
  const ready = events.filter(({ name }) => name === 'session.ready');
  return [
    {
      key: 'connect',
      channel: 'sockets',
      action: 'receive',
      message: handshake,
      answers: [...ready, refusal],
    },
    ...Object.entries(socketCommands).map(([name, { summary, request, answer, errors }]): Exchange => {
      const command: Said = { key: `command.${name}`, name, summary, by: 'them', payload: request };
      const answered = `What ${name} is acknowledged with`;
      const acknowledgement: Said = {
        ...{ key: `acknowledgement.${name}`, name, summary: answered, by: 'us', payload: answer },
        errors: [...new Set([...commonSocketErrors, ...errors])],
      };
      return {
        key: command.key,
        channel: 'sockets',
        action: 'receive',
        message: command,
        answers: [acknowledgement],
      };
    }),
    ...events.map((message): Exchange => {
      return { key: message.key, channel: 'sockets', action: 'send', message, answers: [] };
    }),
  ];
}

function hookExchanges(): Exchange[] {
  const sent = (key: string, summary: string, payload: z.ZodType): Said => {
    return { key, name: key, summary, by: 'us', payload, headers: signed };
  };
  const called = hookName.options.map((name): Exchange => {
    const message = sent(`hook.${name}`, hookMoments[name], hookRequests[name]);
    const answers = isBlocking(name) ? [verdictOf(name)] : [];
    return { key: message.key, channel: 'hooks', action: 'send', message, answers };
  });
  const delivered = sent('webhook', 'What has happened', z.union(webhookBodies));
  return [
    ...called,
    { key: delivered.key, channel: 'webhooks', action: 'send', message: delivered, answers: [] },
  ];
}

function verdictOf(name: BlockingHookName): Said {
  const key = `verdict.${name}`;
  return { key, name: key, summary: 'What becomes of it', by: 'them', payload: hookAnswers[name] };
}

function operationOf({ channel, action, message, answers }: Exchange): object {
  const at = { $ref: `#/channels/${channel}` };
  const of = ({ key }: Said): object => ({ $ref: `#/channels/${channel}/messages/${key}` });
  return {
    action,
    channel: at,
    summary: message.summary,
    messages: [of(message)],
    ...(answers.length > 0 && { reply: { channel: at, messages: answers.map(of) } }),
  };
}

/** The codes are part of the promise: a test refuses an answer with another. */
function withErrors(payload: unknown, codes: readonly ErrorCode[]): object {
  const { anyOf, ...rest } = payload as { anyOf: { properties: Record<string, unknown> }[] };
  const narrowed = anyOf.map((answer) => {
    const { error, ...others } = answer.properties;
    const narrow = { allOf: [error, { properties: { code: { enum: codes } } }] };
    return error === undefined ? answer : { ...answer, properties: { ...others, error: narrow } };
  });
  return { ...rest, anyOf: narrowed };
}

interface Schemas {
  payload(key: string): unknown;
  headers(key: string): unknown;
  readonly shared: unknown;
}

/** The same generator as for OpenAPI lays the schemas out, so that the same thing has the same name in both documents. */
function schemasOf(messages: readonly Said[]): Schemas {
  const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });
  const operation = ({ by, payload, headers = z.object({}) }: Said) =>
    by === 'them'
      ? { requestBody: json(payload), responses: {} }
      : {
          responses: {
            200: { description: '', ...json(payload) },
            201: { description: '', ...json(headers) },
          },
        };
  const { paths = {}, components } = createDocument({
    openapi: '3.1.0',
    info: { title: '', version: '' },
    paths: Object.fromEntries(messages.map((said) => [`/${said.key}`, { post: operation(said) }])),
  });
  const schemaAt = (place: unknown): unknown =>
    (place as { content: Record<string, { schema: unknown }> } | undefined)?.content['application/json']
      ?.schema;
  return {
    payload: (key) => {
      const post = paths[`/${key}`]?.post;
      return schemaAt(post?.requestBody ?? post?.responses?.['200']);
    },
    headers: (key) => schemaAt(paths[`/${key}`]?.post?.responses?.['201']),
    shared: components?.schemas ?? {},
  };
}
