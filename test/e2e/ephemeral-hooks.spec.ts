import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sendEphemeralEvent } from '#contracts/ephemeral.js';
import { limits } from '#contracts/limits.js';
import type { MessageContent } from '#contracts/message-content.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { requestOf, type RestAnswer } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { readonly id: string };
/** Tom's first session sends; all others listen. */
let clients: {
  readonly sender: Client;
  readonly toms: Client;
  readonly jerrys: Client;
  readonly spikes: Client;
};

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry, spike]);
  const [sender, toms, jerrys, spikes] = await Promise.all([
    ...[tom.connect(), tom.connect({ gateway: 1 }), jerry.connect({ gateway: 1 }), spike.connect()],
  ]);
  clients = { sender: sender!, toms: toms!, jerrys: jerrys!, spikes: spikes! };
});

const send = (name: string, data: unknown = {}) =>
  clients.sender.call('ephemeral_event.send', { conversationId: group.id, name, data });

const sendByRest = (name: string): Promise<RestAnswer> =>
  world.rest(
    requestOf(operations.sendEphemeralEvent, {
      as: application,
      parameters: { conversationId: group.id },
      body: { name, data: null, senderId: 'tom' },
    }),
  );

/** What each listener has heard, by the names of the events, until the last one came. */
async function heard(last: string): Promise<Record<string, string[]>> {
  const names = ({ heard: all }: Client): string[] =>
    all
      .filter(({ name }) => name === 'ephemeral_event')
      .map(({ payload }) => (payload as { name: string }).name);
  const { sender: _sender, ...listeners } = clients;
  for (const client of Object.values(listeners))
    await eventually(() => {
      expect(names(client).at(-1)).toBe(last);
    });
  return Object.fromEntries(
    Object.entries(listeners).map(([whose, client]) => [whose, names(client).slice(0, -1)]),
  );
}

describe('an ephemeral event', () => {
  test('passes messageReceived hooks, which know it as ephemeral, and is told as they rewrite it', async () => {
    const hook = await application.hook(() => ({ content: { type: 'json', json: { x: '**' } } }));
    expect(await send('cursor', { x: 'crap' })).toEqual({ ok: true });
    await eventually(() => {
      expect(clients.jerrys.heard.at(-1)).toMatchObject({
        name: 'ephemeral_event',
        payload: { name: 'cursor', senderId: 'tom', data: { x: '**' } },
      });
    });
    const [asked] = hook.bodies;
    expect(asked).toMatchObject({
      hook: 'messageReceived',
      conversation: { id: group.id, kind: 'group', attributes: {} },
      origin: { address: '127.0.0.1', dialect: 'native' },
      event: {
        ...{ type: 'custom:cursor', senderId: 'tom', ephemeral: true },
        content: { type: 'json', json: { x: 'crap' } },
      },
    });
    expect(asked?.recipients.toSorted()).toEqual(['jerry', 'spike']);
    expect(await world.database.tablesWith('custom:cursor')).toEqual([]);
  });

  test('is heard by those alone whom hooks leave, and by its sender, members all of them', async () => {
    const hook = await application.hook(() => ({ recipients: ['jerry', 'stranger'] }));
    expect(await send('whisper')).toEqual({ ok: true });
    await application.deleteHook(hook);
    await send('last');
    expect(await heard('last')).toEqual({ toms: ['whisper'], jerrys: ['whisper'], spikes: [] });
  });

  test('is dropped or rejected, and heard by nobody', async () => {
    const hook = await application.hook(() => ({ action: 'drop' }));
    expect(await send('dropped')).toEqual({ ok: true, dropped: true });
    expect(await sendByRest('dropped')).toMatchObject({ status: 200, body: { dropped: true } });
    hook.behave(() => ({ action: 'reject', code: 9, detail: 'No' }));
    const error = { code: 'rejected_by_hook', detail: 'No', hook: { code: 9, detail: 'No' } };
    expect(await send('rejected')).toMatchObject({ ok: false, error });
    expect(await sendByRest('rejected')).toMatchObject({ status: 403, body: error });
    await application.deleteHook(hook);
    expect(await sendByRest('last')).toMatchObject({ status: 204 });
    expect(await heard('last')).toEqual({ toms: [], jerrys: [], spikes: [] });
  });

  test('of one who is put out while the hook thinks is heard by nobody; typing asks no hook', async () => {
    const removing = async (): Promise<object> => {
      await application.remove(group, tom);
      return {};
    };
    const hook = await application.hook(removing, { deadline: 9_000 });
    expect(await clients.sender.call('typing.start', { conversationId: group.id })).toEqual({ ok: true });
    expect(hook.received).toEqual([]);
    expect(await send('too_late')).toMatchObject({ ok: false, error: { code: 'not_a_member' } });
    expect(hook.received).toHaveLength(1);
    await eventually(() => {
      expect(clients.jerrys.heard.map(({ name }) => name)).toContain('member.left');
    });
    expect(clients.jerrys.heard.map(({ name }) => name)).not.toContain('ephemeral_event');
  });
});

describe('an ephemeral message, which servers of other protocols send', () => {
  const sendMessage = (content: MessageContent, applicationId = application.id) =>
    world.ask(sendEphemeralEvent, {
      ...{ applicationId, conversationId: group.id, senderId: 'tom', asMaster: true, sessionId: null },
      origin: { address: null, dialect: 'native' },
      said: { kind: 'message', content },
    });
  const text = (value: string) => ({ type: 'text', text: value }) as const;

  test('passes the hooks as a message that is ephemeral, and is heard as they rewrite it, but stored nowhere', async () => {
    const hook = await application.hook(({ text: body }) =>
      body.includes('secret') ? { action: 'drop' } : { content: text('**'), recipients: ['jerry'] },
    );
    expect(await sendMessage(text('secret'))).toMatchObject({ isDropped: true });
    const { isDropped, id, timestamp } = await sendMessage(text('crap'));
    expect(isDropped).toBe(false);
    await eventually(() => {
      for (const client of [clients.jerrys, clients.toms])
        expect(client.heard.at(-1)).toEqual({
          name: 'ephemeral_message',
          payload: { id, conversationId: group.id, senderId: 'tom', content: text('**'), timestamp },
        });
    });
    expect(hook.bodies[1]).toMatchObject({
      event: { type: 'message', senderId: 'tom', content: text('crap'), ephemeral: true },
    });
    const { events } = await application.call<{ events: { type: string }[] }>(operations.listEvents, {
      parameters: { conversationId: group.id },
      query: { types: 'message' },
    });
    expect(events).toEqual([]);
    expect(clients.spikes.heard.map(({ name }) => name)).not.toContain('ephemeral_message');
  });

  test('is no longer than others, and is for no conversation of another application', async () => {
    await expect(sendMessage(text('x'.repeat(limits.messageBytes)))).rejects.toMatchObject({
      code: 'message_too_large',
    });
    const another = await world.application();
    await expect(sendMessage(text('x'), another.id)).rejects.toMatchObject({
      code: 'conversation_not_found',
    });
  });
});
