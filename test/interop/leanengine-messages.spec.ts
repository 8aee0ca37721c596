import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { register } from './hook-servers.js';
import { LeanEngine } from './lean-engine.js';

/*
 * Every hook of messages with the sample of seed 002 that stands there in JavaScript, from what a client does to what comes of it.
 */

/** Of the process in which the functions run. */
declare const AV: { calls?: number };

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let engine: LeanEngine;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('Tom');
  jerry = await application.user('Jerry');
  spike = await application.user('Spike');
});
afterEach(() => engine.stop());

/** Registers a server with these functions. */
async function deploy(handlers: Parameters<typeof LeanEngine.start>[0]): Promise<void> {
  engine = await LeanEngine.start(handlers);
  await register(application, engine);
}

const source = { sourceIP: '127.0.0.1', timestamp: expect.any(Number) };

const notifications = async (): Promise<{ userId: string; payload: unknown }[]> =>
  (
    await application.call<{ notifications: { userId: string; payload: unknown }[] }>(
      operations.listPushNotifications,
    )
  ).notifications;

describe('messages', () => {
  let group: Conversation;
  beforeEach(async () => {
    group = await application.group([tom, jerry, spike]);
  });

  const idOf = ({ body }: { body: unknown }): string => (body as { eventId: string }).eventId;

  test('_messageUpdate: an edit is rewritten, dropped, or refused', async () => {
    await deploy({
      onIMMessageUpdate: ({ params }) => {
        if (params.content.includes('spam')) return { drop: true };
        if (params.content.includes('casino')) return { drop: true, code: 1234, detail: 'No casinos' };
        return { content: params.content.replace('crap', '**') };
      },
    });
    const eventId = idOf(await tom.send(group, 'Hello'));
    expect(await tom.update(group, eventId, 'Holy crap!')).toMatchObject({ status: 200 });
    expect((await jerry.event(group, eventId)).body).toMatchObject({
      content: { type: 'text', text: 'Holy **!' },
    });
    expect((await tom.update(group, eventId, 'spam')).body).toMatchObject({ dropped: true });
    expect(await tom.update(group, eventId, 'casino')).toMatchObject({
      status: 403,
      body: { hook: { code: 1234, detail: 'No casinos' } },
    });
    const [first] = await engine.parameters('_messageUpdate', 3);
    expect({ ...first, toPeers: (first?.['toPeers'] as string[]).toSorted() }).toEqual({
      ...{
        fromPeer: 'Tom',
        convId: group.id,
        msgId: messageIdOf(eventId),
        toPeers: ['Jerry', 'Spike'],
        ...source,
      },
      ...{ bin: false, content: '{"_lctext":"Holy crap!","_lctype":-1}', recall: false, system: null },
    });
  });

  test('_messageUpdate: a recall is refused, or passes', async () => {
    await deploy({
      onIMMessageUpdate: ({ params }) =>
        params.recall && params.fromPeer === 'Tom' ? { drop: true, code: 1, detail: 'It stays' } : {},
    });
    const [kept, gone] = await Promise.all([tom.send(group, 'Hello'), jerry.send(group, 'Hello')]);
    expect(await tom.recall(group, idOf(kept))).toMatchObject({
      status: 403,
      body: { hook: { code: 1, detail: 'It stays' } },
    });
    expect(await jerry.recall(group, idOf(gone))).toMatchObject({ status: 200 });
    expect((await spike.event(group, idOf(gone))).body).toMatchObject({ content: { type: 'recalled' } });
    expect((await engine.parameters('_messageUpdate', 2))[0]).toMatchObject({
      ...{
        fromPeer: 'Tom',
        msgId: messageIdOf(idOf(kept)),
        recall: true,
        bin: false,
        content: '{"_lctype":-127}',
      },
    });
  });

  test('_receiversOffline: the sample’s push message', async () => {
    await deploy({
      onIMReceiversOffline: (request) => {
        const params = request.params;
        const content = params.content;
        // params.content is the content of the message
        let shortContent = content;
        if (shortContent.length > 6) {
          shortContent = content.slice(0, 6);
        }
        return {
          pushMessage: JSON.stringify({
            // Increment the number of unread messages; you can provide a number as well
            badge: 'Increment',
            sound: 'default',
            // Use the dev certificate
            _profile: 'dev',
            alert: shortContent,
          }),
        };
      },
    });
    await jerry.connect();
    await tom.send(group, 'Holy crap!');
    const push = { badge: 'Increment', sound: 'default', _profile: 'dev', alert: '{"_lct' };
    await eventually(async () => {
      expect(await notifications()).toMatchObject([{ userId: 'Spike', payload: push }]);
    });
    expect(await engine.parameters('_receiversOffline')).toEqual([
      {
        ...{ fromPeer: 'Tom', convId: group.id, offlinePeers: ['Spike'], timestamp: source.timestamp },
        ...{ content: '{"_lctext":"Holy crap!","_lctype":-1}', mentionAll: false, mentionOfflinePeers: [] },
      },
    ]);
  });

  test('_messageReceived: of an ephemeral event, too', async () => {
    await deploy({ onIMMessageReceived: ({ params }) => ({ drop: params.content.includes('loud') }) });
    const client = await tom.connect();
    const listener = await jerry.connect();
    for (const data of ['loud', 'soft'])
      await client.call('ephemeral_event.send', { conversationId: group.id, name: 'sing', data });
    await eventually(() => {
      expect(listener.heard.filter(({ name }) => name === 'ephemeral_event')).toMatchObject([
        { payload: { data: 'soft' } },
      ]);
    });
    expect(await engine.parameters('_messageReceived', 2)).toMatchObject([
      { transient: true, bin: false, content: 'loud' },
      { transient: true, content: 'soft' },
    ]);
  });

  test('_messageSent: is told, whatever it returns', async () => {
    await deploy({ onIMMessageSent: () => ({ drop: true }) });
    await jerry.connect();
    const eventId = idOf(await tom.send(group, 'Hello'));
    expect(await engine.parameters('_messageSent')).toEqual([
      {
        ...{
          fromPeer: 'Tom',
          convId: group.id,
          msgId: messageIdOf(eventId),
          onlinePeers: ['Jerry'],
          offlinePeers: ['Spike'],
        },
        ...{
          bin: false,
          content: '{"_lctext":"Hello","_lctype":-1}',
          transient: false,
          receipt: false,
          ...source,
        },
      },
    ]);
  });

  test('_messageSent: a function that fails is told again', async () => {
    await deploy({
      onIMMessageSent: () => {
        AV.calls = (AV.calls ?? 0) + 1;
        if (AV.calls === 1) throw new Error('boom');
      },
    });
    await tom.send(group, 'Hello');
    const [first, second] = await engine.calls('_messageSent', 2);
    expect(first).toMatchObject({ status: 500 });
    expect(second).toMatchObject({ status: 200, body: first?.body });
  });
});
