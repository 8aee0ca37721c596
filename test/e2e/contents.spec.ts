import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CustomEvent, MessageEvent } from '#contracts/event.js';
import type { MessageContent } from '#contracts/message-content.js';
import type { JsonValue } from '#contracts/json-value.js';
import { limits } from '#contracts/limits.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import type { SignedServer } from '../harness/signed-server.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let group: { id: string };
let sender: Client;
let listener: Client;
let webhook: SignedServer<WebhookPayload>;

beforeAll(async () => {
  world = await SharedWorld.attach();
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
  group = await application.group([tom, jerry]);
  webhook = await application.webhook();
  sender = await tom.connect({ gateway: 0 });
  listener = await jerry.connect({ gateway: 1 });
});
afterAll(() => world.close());

/** What stands in an event after its envelope, as the exact JSON text that a receiver could compare. */
const written = (event: object | undefined): string | undefined =>
  event === undefined
    ? undefined
    : JSON.stringify('content' in event ? event.content : (event as CustomEvent).data);

/** The same text live, in history, by id, at resume and in the webhook. */
async function arrivesAs(
  expected: string,
  { eventId, seq }: { eventId: string; seq: number },
): Promise<void> {
  await eventually(() => {
    expect(written(listener.events().find(({ id }) => id === eventId))).toBe(expected);
    const called = webhook.bodies.find(({ data }) => data.id === eventId);
    expect(written(called?.data)).toBe(expected);
  });
  expect(written((await jerry.history(group)).find(({ id }) => id === eventId))).toBe(expected);
  expect(written((await jerry.event(group, eventId)).body as object)).toBe(expected);
  const resumed = await jerry.connect({ gateway: 0, resume: { [group.id]: seq - 1 } });
  expect(written(resumed.events().find(({ id }) => id === eventId))).toBe(expected);
  resumed.disconnect();
}

const texts: [string, string][] = [
  ['plain', 'Holy crap!'],
  ['one space', ' '],
  ['emoji with joiners and skin', '👩🏽‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 😀'],
  ['U+0000 and other control characters', 'a\u0000b\u0001\u001f\u007f\u0085\t\r\n'],
  ['quotes, backslashes and what looks like an escape', '"\\" \\u0000 \\\\ \' `'],
  ['line separators and a byte order mark', '\ufeff\u2028\u2029'],
  ['right to left and combining', 'שלום مرحبا e\u0301 é'],
  ['a lone surrogate', 'high \ud83d alone, low \ude00 alone'],
  ['noncharacters', '\uffff\ufffe'],
  ['what looks like SQL, a subject or a template', '\'; DROP TABLE x; -- $1 :a ? {curly,"array"} *.> NULL'],
];

const values: [string, JsonValue][] = [
  ['null', null],
  ['false', false],
  ['numbers at the borders', [0, -1, 1e21, 5e-324, 1.7976931348623157e308, 9_007_199_254_740_991, 0.1]],
  ['the empty string', ''],
  ['the empty array', []],
  ['the empty object', {}],
  ['a string with U+0000', 'a\u0000b'],
  ['an object with every type', { a: null, b: true, c: 1.5, d: 'e', f: [1, [2, []]], g: { h: {} } }],
  ['keys that look like integers, before and after others', { b: 1, 2: 2, a: 3, 1: 4, '-1': 5, '01': 6 }],
  ['the empty key and a key with U+0000', { '': 1, 'a\u0000': 2 }],
  [
    'keys of the prototype',
    JSON.parse('{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3,"toString":4}') as JsonValue,
  ],
  ['a key given twice, of which the last counts', JSON.parse('{"a":1,"a":2}') as JsonValue],
  ['keys that the platform uses itself', { _placeholder: true, num: 0, type: 'binary', ok: false }],
  ['nesting at the limit', nested(limits.jsonDepth)],
];

/** So many arrays in one another, with a number inside the innermost. */
function nested(depth: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

describe('content is the same live, in history, by id, at resume and in the webhook', () => {
  test.each(texts)('text by socket: %s', async (_name, text) => {
    await arrivesAs(JSON.stringify({ type: 'text', text }), stored(await sender.send(group, text)));
  });

  test.each(texts)('text by REST: %s', async (_name, text) => {
    const { status, body } = await tom.send(group, text);
    expect(status).toBe(201);
    await arrivesAs(JSON.stringify({ type: 'text', text }), body as { eventId: string; seq: number });
  });

  test.each(values)('JSON by socket: %s', async (_name, json) => {
    const content: MessageContent = { type: 'json', json };
    await arrivesAs(JSON.stringify(content), stored(await sender.send(group, content)));
  });

  test.each(values)('JSON by REST: %s', async (_name, json) => {
    const content: MessageContent = { type: 'json', json };
    const { status, body } = await tom.send(group, content);
    expect(status).toBe(201);
    await arrivesAs(JSON.stringify(content), body as { eventId: string; seq: number });
  });

  test.each(values)('data of a custom event: %s', async (_name, data) => {
    await arrivesAs(JSON.stringify(data), stored(await sender.sendCustom(group, 'my_custom_event', data)));
  });

  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

  test('binary by base64 is the bytes', async () => {
    const content = { type: 'binary' as const, data: everyByte.toString('base64') };
    await arrivesAs(JSON.stringify(content), stored(await sender.send(group, content)));
    const { status, body } = await tom.send(group, content);
    expect(status).toBe(201);
    await arrivesAs(JSON.stringify(content), body as { eventId: string; seq: number });
  });

  test('bytes by socket are the same as their base64', async () => {
    for (const bytes of [everyByte, Buffer.from([0]), Buffer.from([255, 254, 0])]) {
      const content = { type: 'binary', data: bytes.toString('base64') };
      const sent = stored(await sender.send(group, { type: 'binary', data: bytes }));
      await arrivesAs(JSON.stringify(content), sent);
    }
  });
});

describe('limits are accepted exactly at the border', () => {
  const quotes = 2;
  const fourBytes = '😀';

  const messages: [string, MessageContent][] = [
    ['text in ASCII', { type: 'text', text: 'x'.repeat(limits.messageBytes - quotes) }],
    [
      'text of four-byte characters',
      { type: 'text', text: `xx${fourBytes.repeat((limits.messageBytes - 4) / 4)}` },
    ],
    ['JSON', { type: 'json', json: ['x'.repeat(limits.messageBytes - quotes - 2)] }],
    ['bytes', { type: 'binary', data: Buffer.alloc(limits.messageBytes, 7).toString('base64') }],
  ];

  test.each(messages)('a message of 64 KiB: %s', async (_name, content) => {
    await arrivesAs(JSON.stringify(content), stored(await sender.send(group, content)));
    const { status, body } = await tom.send(group, content);
    expect(status).toBe(201);
    await arrivesAs(JSON.stringify(content), body as { eventId: string; seq: number });
  });

  test('bytes sent as they are', async () => {
    const bytes = Buffer.alloc(limits.messageBytes, 7);
    const sent = stored(await sender.send(group, { type: 'binary', data: bytes }));
    await arrivesAs(JSON.stringify({ type: 'binary', data: bytes.toString('base64') }), sent);
  });

  test('a custom event with a name of 100 characters and 4,096 bytes of data', async () => {
    const name = 'My-custom_event0'.padEnd(limits.customEventNameLength, 'x');
    const data = 'é'.repeat((limits.customEventDataBytes - quotes) / 2);
    const sent = stored(await sender.sendCustom(group, name, data));
    await arrivesAs(JSON.stringify(data), sent);
    expect(listener.heard.at(-1)?.name).toBe(`custom:${name}`);
    expect((await tom.sendCustom(group, name, data)).status).toBe(201);
  });

  test('ids of users with 200 characters of any script and sign', async () => {
    const ids = ['界'.repeat(200), 'a b.c*>/\\?#%"\'<&;😀', '...', '%2e%2e', ' ', 'null', '__proto__'];
    const users = await application.users(...ids);
    const theirs = await application.group(users);
    for (const [index, user] of users.entries()) {
      const client = await user.connect({ gateway: index % 2, resume: {} });
      const text = `from ${String(index)}`;
      const { seq } = stored(await client.send(theirs, text));
      await eventually(() => {
        expect(client.events(theirs).at(-1)).toMatchObject({ seq, senderId: ids[index] });
      });
      expect(((await user.history(theirs)).at(-1) as MessageEvent).content).toEqual({ type: 'text', text });
    }
  });
});
