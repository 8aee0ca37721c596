import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';
import { instant } from './vonage-shapes.js';

/* The same conversation over Vonage's REST API and natively. */

let world: SharedWorld;
let vonage: VonageApplication;
let alice: TestUser;
let bob: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  [alice, bob] = await vonage.application.users('alice', 'bob');
});
afterAll(() => world.close());

interface Shown {
  readonly id: number;
  readonly type: string;
  readonly from?: string;
  readonly body: unknown;
}

const shown = async (conversationId: string, name?: string): Promise<Shown[]> => {
  const path = `/v1/conversations/${conversationId}/events?page_size=100`;
  const as = name === undefined ? {} : { as: vonage.token(name) };
  return (await vonage.ask<{ _embedded: Shown[] }>('GET', path, as))._embedded;
};

test('a custom event reaches native sockets under its name, and the other way round', async () => {
  const { id, members } = await vonage.room('alice', 'bob');
  const client = await bob.connect();
  const body = { b: 1, a: { nested: [true, null] } };
  const { id: seq } = await vonage.ask<{ id: number }>('POST', `/beta/conversations/${id}/events`, {
    body: { type: 'custom:my_custom_event', from: members['alice'], body },
    as: vonage.token('alice'),
  });
  await eventually(() => {
    expect(client.heard).toContainEqual({
      name: 'custom:my_custom_event',
      payload: expect.objectContaining({
        seq,
        type: 'custom:my_custom_event',
        senderId: 'alice',
        data: body,
      }) as unknown,
    });
  });
  client.disconnect();
  stored(await (await bob.connect()).sendCustom({ id }, 'answer', { c: 2 }));
  expect((await shown(id, 'alice')).at(-1)).toMatchObject({
    id: seq + 1,
    type: 'custom:answer',
    from: members['bob'],
    body: { c: 2 },
    _embedded: { from_user: { name: 'bob' }, from_member: { id: members['bob'] } },
  });
});

test('whatever is said natively has a form', async () => {
  const conversation = await alice.create({ members: [{ userId: 'bob' }] });
  const client = await alice.connect();
  const text = stored(await client.send(conversation, 'Holy crap!'));
  await client.send(conversation, { type: 'json', json: [1, 'two'] });
  await client.send(conversation, { type: 'json', json: { message_type: 'text', text: 'yo' } });
  await client.send(conversation, { type: 'binary', data: new Uint8Array([1, 2, 3]) });
  await client.sendCustom(conversation, 'number', 7);
  await alice.update(conversation, text.eventId, 'Holy cow!');
  const gone = stored(await client.send(conversation, 'Oops'));
  await alice.recall(conversation, gone.eventId);
  await bob.call(operations.leaveConversation, { parameters: { conversationId: conversation.id }, body: {} });
  client.disconnect();
  const events = await shown(conversation.id, 'alice');
  const joined = { user: { name: 'alice' }, timestamp: { joined: instant }, channel: { type: 'app' } };
  expect(events.map(({ type, body }) => [type, body])).toEqual([
    ['member:joined', expect.objectContaining({ timestamp: { joined: instant } })],
    ['member:joined', expect.objectContaining({ timestamp: { joined: instant } })],
    ['text', { text: 'Holy cow!' }],
    ['message', { message_type: 'custom', custom: [1, 'two'] }],
    ['message', { message_type: 'text', text: 'yo' }],
    ['message', { message_type: 'custom', custom: { base64: 'AQID' } }],
    ['custom:number', { value: 7 }],
    ['text:update', { text: 'Holy cow!', original_event_id: text.seq }],
    ['text', { timestamp: { deleted: instant } }],
    ['event:delete', { event_id: gone.seq }],
    ['member:left', expect.objectContaining({ timestamp: { left: instant } })],
  ]);
  expect(events[0]).toMatchObject({ body: joined });
  // Two who came with one event.
  expect(events.map(({ id }) => id)).toEqual([1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('what a user may not see is in none of its lists', async () => {
  const own = await VonageApplication.of(world);
  await own.users('alice', 'bob', 'carol');
  const hook = await own.application.hook(({ text }) =>
    text.includes('psst') ? { recipients: ['alice'] } : {},
  );
  const { id } = await own.room('alice', 'bob', 'carol');
  const path = `/v1/conversations/${id}/events`;
  const say = (text: string) =>
    own.ask<{ id: number }>('POST', path, { body: { type: 'text', body: { text } }, as: own.token('bob') });
  const secret = await say('psst');
  const open = await say('Hi');
  await hook.close();
  const places = async (name: string, query = ''): Promise<number[]> => {
    const { _embedded } = await own.ask<{ _embedded: Shown[] }>('GET', `${path}${query}`, {
      as: own.token(name),
    });
    return _embedded.map(({ id: place }) => place);
  };
  expect(await places('alice')).toEqual([1, 2, 3, secret.id, open.id]);
  expect(await places('carol')).toEqual([1, 2, 3, open.id]);
  expect(await places('carol', `?start_id=${String(secret.id)}&end_id=${String(secret.id)}`)).toEqual([]);
  const as = own.token('carol');
  const notFound = [404, 'event:error:not-found'];
  expect(await own.refusal('GET', `${path}/${String(secret.id)}`, { as })).toEqual(notFound);
  expect(await own.refusal('DELETE', `${path}/${String(secret.id)}`, { as })).toEqual(notFound);
  const seen = { type: 'text:seen', body: { event_id: secret.id } };
  expect(await own.refusal('POST', path, { as, body: seen })).toEqual(notFound);
});
