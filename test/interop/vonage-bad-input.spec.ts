import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';
import { isLegacy, versions } from './vonage-shapes.js';

/* What Vonage's REST API refuses to store, and what is just not too much. */

let world: SharedWorld;
let vonage: VonageApplication;
let room: Room;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice');
  room = await vonage.room('alice');
});
afterAll(() => world.close());

/** An object of so many bytes of compact UTF-8. */
function dataOf(bytes: number): object {
  const text = 'ü'.repeat(Math.floor((bytes - 8) / 2));
  const data = { t: `${text}${bytes % 2 === 0 ? '' : 'x'}` };
  expect(Buffer.byteLength(JSON.stringify(data))).toBe(bytes);
  return data;
}

const text = (body: unknown) => ({ type: 'text', body });
const message = (body: unknown) => ({ type: 'message', body });

/** What is wrong, and where it is said to be. */
const wrong: [title: string, body: unknown, place: string][] = [
  ['no type', { body: {} }, 'type'],
  ['an empty type', { type: '', body: {} }, 'type'],
  ['a type that is no text', { type: 7, body: {} }, 'type'],
  ['a custom type without a name', { type: 'custom:', body: {} }, 'type'],
  ['a custom type of 101 characters', { type: `custom:${'x'.repeat(101)}`, body: {} }, 'type'],
  ['a custom type with a space', { type: 'custom:my event', body: {} }, 'type'],
  ['a custom type with a colon', { type: 'custom:my:event', body: {} }, 'type'],
  ['a custom type with a letter of no English', { type: 'custom:größe', body: {} }, 'type'],
  ['no data', { type: 'custom:x' }, 'body'],
  ['data that is null', { type: 'custom:x', body: null }, 'body'],
  ['data that is an array', { type: 'custom:x', body: [1] }, 'body'],
  ['data that is a text', { type: 'custom:x', body: '{}' }, 'body'],
  ['data that is a number', { type: 'custom:x', body: 7 }, 'body'],
  ['data of 4097 bytes', { type: 'custom:x', body: dataOf(4_097) }, 'body'],
  ['data that is too deep', { type: 'custom:x', body: { a: nested(40) } }, 'body'],
  ['no text', text({}), 'body.text'],
  ['an empty text', text({ text: '' }), 'body.text'],
  ['a text that is none', text({ text: ['x'] }), 'body.text'],
  ['a text of 2501 characters', text({ text: 'x'.repeat(2_501) }), 'body.text'],
  ['a text without a body', { type: 'text' }, 'body'],
  ['a message without a type', message({ text: 'x' }), 'body.message_type'],
  ['a message of an unknown type', message({ message_type: 'fax' }), 'body.message_type'],
  ['a message without its text', message({ message_type: 'text' }), 'body.text'],
  ['a message without its image', message({ message_type: 'image' }), 'body.image'],
  ['an image without a URL', message({ message_type: 'image', image: {} }), 'body.image.url'],
  [
    'a place that is none',
    message({ message_type: 'location', location: { latitude: 1 } }),
    'body.location.longitude',
  ],
  ['an image of nothing', { type: 'image', body: {} }, 'body.representations'],
  ['a receipt for nothing', { type: 'text:seen', body: {} }, 'body.event_id'],
  ['a receipt for what is no number', { type: 'event:delivered', body: { event_id: 'x' } }, 'body.event_id'],
  ['an update of nothing', { type: 'text:update', body: { text: 'x' } }, 'body.original_event_id'],
  ['nothing that passes by', { type: 'ephemeral' }, 'body'],
  ['a member that is none', { type: 'text', from: 'alice', body: { text: 'x' } }, 'from'],
  [
    'what is for one member alone',
    { ...text({ text: 'x' }), to: 'MEM-00000000-0000-4000-8000-000000000000' },
    'to',
  ],
  ['what is for nobody', { ...text({ text: 'x' }), to: [] }, 'to'],
  // A package that leaves out the prefix.
  ['a custom type without prefix', { type: 'my_custom_event', body: {} }, 'type'],
  ['another prefix', { type: 'Custom:x', body: {} }, 'type'],
  ['what only servers write', { type: 'member:joined', body: {} }, 'type'],
  ['a native type', { type: 'message.updated', body: {} }, 'type'],
  ['a receipt that is none', { type: 'text:read', body: { event_id: 1 } }, 'type'],
  ['a list', [{ type: 'text', body: { text: 'x' } }], ''],
  ['a text instead of an event', 'text', ''],
  ['nothing', null, 'type'],
];

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe.each(versions)('of %s', (version) => {
  const path = () => `/${version}/conversations/${room.id}/events`;
  const stored = async () =>
    (await vonage.ask<{ sequence_number: number }>('GET', `/v1/conversations/${room.id}`)).sequence_number;

  test('is refused with its place, and nothing is stored', async () => {
    const before = await stored();
    const as = vonage.token('alice');
    for (const [title, body, place] of wrong) {
      const answer = await vonage.call('POST', path(), { body, as });
      const {
        code,
        description,
        error,
        invalid_parameters: parameters,
      } = answer.body as {
        code: string;
        description: string;
        error?: Record<string, string>;
        invalid_parameters?: { name: string; reason: string }[];
      };
      const named = isLegacy(version) ? Object.keys(error ?? {}) : parameters?.map(({ name }) => name);
      expect([title, answer.status, named]).toEqual([title, 400, expect.arrayContaining([place])]);
      expect([title, code]).toEqual([
        title,
        expect.stringMatching(/^(http:error:validation-fail|event:error:unknown-event)$/),
      ]);
      expect(description).toMatch(/./);
      const reason = isLegacy(version)
        ? error?.[place]
        : parameters?.find(({ name }) => name === place)?.reason;
      expect([title, reason]).toEqual([title, expect.stringContaining(`"${place}"`)]);
    }
    expect(await stored()).toBe(before);
  });

  test('voice is not served', async () => {
    const before = await stored();
    for (const type of [
      'audio:say',
      'audio:play',
      'audio:mute:on',
      'rtc:offer',
      'sip:hangup',
      'leg:status:update',
    ]) {
      const answer = await vonage.call('POST', path(), {
        body: { type, body: {} },
        as: vonage.token('alice'),
      });
      expect([type, answer.status, answer.body]).toMatchObject([
        type,
        400,
        { code: 'event:error:unknown-event', description: `${type}: voice is not served` },
      ]);
    }
    expect(await stored()).toBe(before);
  });

  test('what is not too much is taken', async () => {
    const as = vonage.token('alice');
    const before = await stored();
    for (const [type, body] of [
      [`custom:${'x'.repeat(100)}`, {}],
      ['custom:Az09_-', dataOf(4_096)],
      ['custom:text', { user: { name: 'somebody' } }],
      ['text', { text: 'x'.repeat(2_500), language: 'en', channels: ['sms'] }],
    ] as const)
      await vonage.ask('POST', path(), { body: { type, body, unknown: [1] }, as });
    // Only what is data counts.
    const spaced = JSON.stringify({ type: 'custom:x', body: dataOf(4_096) }).replaceAll(':', ' :\n\t ');
    await vonage.ask('POST', path(), {
      raw: spaced.replace('custom :\n\t x', 'custom:x'),
      headers: { 'content-type': 'application/json' },
      as,
    });
    expect(await stored()).toBe(before + 5);
  });
});

test.each([
  ['POST', 'conversations', { name: 'x'.repeat(101) }, 'name'],
  ['POST', 'conversations', { name: '' }, 'name'],
  ['POST', 'conversations', { name: 'a\u0000b' }, 'name'],
  ['POST', 'conversations', { display_name: 'x'.repeat(51) }, 'display_name'],
  ['POST', 'conversations', { image_url: 'x'.repeat(2_049) }, 'image_url'],
  ['POST', 'conversations', { properties: { ttl: -1 } }, 'properties.ttl'],
  ['POST', 'conversations', { properties: { type: 'x'.repeat(201) } }, 'properties.type'],
  ['POST', 'conversations', { properties: { custom_data: [] } }, 'properties.custom_data'],
  [
    'POST',
    'conversations',
    { properties: { custom_data: { a: 'x'.repeat(20_000) } } },
    'properties.custom_data',
  ],
  ['POST', 'conversations', { numbers: {} }, 'numbers'],
  ['POST', 'conversations', [], ''],
  ['POST', 'users', { name: 'x'.repeat(201) }, 'name'],
  ['POST', 'users', { name: 'a:b' }, 'name'],
  ['POST', 'users', { display_name: 7 }, 'display_name'],
  ['POST', 'users', { channels: 'sms' }, 'channels'],
  ['POST', 'users', { properties: { ttl: 'x' } }, 'properties.ttl'],
])('%s %s %j names %s', async (method, path, body, name) => {
  for (const version of ['v0.3', 'v1']) {
    expect(await vonage.call(method, `/${version}/${path}`, { body })).toMatchObject({
      status: 400,
      body: { code: 'http:error:validation-fail', invalid_parameters: [{ name }] },
    });
  }
});
