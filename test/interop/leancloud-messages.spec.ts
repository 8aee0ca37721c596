import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * Messages by LeanCloud's REST API: sent, found again between any bounds, changed.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;
let tom: TestUser;
let jerry: TestUser;
let conversation: { id: string };
let path: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
  [tom, jerry] = await application.users('Tom', 'Jerry');
  conversation = await application.group([tom, jerry]);
  path = `1.2/rtm/conversations/${conversation.id}/messages`;
});

interface Sent {
  readonly 'msg-id': string;
  readonly timestamp: number;
}
interface MessageRow extends Sent {
  readonly data: string;
}

const text = (said: string): string => `{"_lctext":"${said}","_lctype":-1}`;
const send = (said: object): Promise<Sent> =>
  server.ask('POST', path, { body: { from_client: 'Tom', message: 'Hello', ...said } });
const rows = (query: Record<string, string | number | boolean> = {}): Promise<MessageRow[]> =>
  server.ask('GET', path, { query });
const said = async (query: Record<string, string | number | boolean> = {}): Promise<string[]> =>
  (await rows(query)).map(({ data }) => data);

function heard(client: Client, count: number): Promise<TimelineEvent[]> {
  return eventually(() => {
    const events = client.events(conversation);
    if (events.length < count) throw new Error(`${String(events.length)} events were heard`);
    return events;
  });
}

describe('sending', () => {
  test('anybody may be the sender; what was sent is heard natively, and comes back as it was', async () => {
    const client = await jerry.connect();
    const messages = [
      text('Hi'),
      'Hello sys',
      '{"a": 1}',
      '{"_lctype":-2,"_lcfile":{}}',
      '12345678901234567890',
    ];
    const sent: Sent[] = [];
    for (const message of messages) sent.push(await send({ from_client: 'Stranger', message }));
    const events = await heard(client, messages.length);
    expect(events.map((event) => 'content' in event && event.content)).toEqual([
      { type: 'text', text: 'Hi' },
      { type: 'json', json: 'Hello sys' },
      { type: 'json', json: '{"a": 1}' },
      { type: 'json', json: { _lctype: -2, _lcfile: {} } },
      { type: 'json', json: '12345678901234567890' },
    ]);
    const history = await rows({ reversed: true });
    expect(history.map(({ data }) => data)).toEqual(messages);
    expect(history[0]).toEqual({
      ...{ timestamp: sent[0]!.timestamp, 'conv-id': conversation.id, data: text('Hi'), from: 'Stranger' },
      ...{ 'msg-id': sent[0]!['msg-id'], 'is-conv': true, 'is-room': false, to: conversation.id, bin: false },
    });
    expect(sent[0]!['msg-id']).toMatch(/^[A-Za-z0-9_-]{22}$/);
    client.disconnect();
  });

  test('what is said natively is shown as LeanCloud has it', async () => {
    await tom.send(conversation, 'Hello');
    await tom.send(conversation, { type: 'binary', data: 'AQID' });
    const shown = await rows({ reversed: true });
    expect(shown).toMatchObject([
      { data: text('Hello'), bin: false },
      { data: 'AQID', bin: true },
    ]);
  });

  test('what is pushed for it: an object, JSON as text, or the line that is shown', async () => {
    const object = { alert: 'Hi', badge: 'Increment' };
    const devices = async (): Promise<unknown[]> => {
      const { notifications } = await application.call<{
        notifications: { userId: string; payload: object }[];
      }>(operations.listPushNotifications);
      return notifications.flatMap(({ userId, payload }) => (userId === 'Jerry' ? [payload] : []));
    };
    const gets = (...payloads: object[]): Promise<void> =>
      eventually(async () => {
        expect(await devices()).toEqual(payloads);
      });
    for (const push_data of [object, JSON.stringify(object), 'Just this']) await send({ push_data });
    await send({ transient: true, push_data: { alert: 'never' } });
    await gets(object, object, { alert: 'Just this' });
    const service = await application.service();
    const of = `1.2/rtm/service-conversations/${service.id}`;
    const from = { from_client: 'Service', message: 'News' };
    const direct = { ...from, to_clients: ['Jerry'], push_data: { alert: 'For you' } };
    await server.ask('POST', `${of}/messages`, { body: direct });
    await gets(object, object, { alert: 'Just this' }, { alert: 'For you' });
    const body = { ...from, conv_id: service.id, push: { alert: 'For all' } };
    await server.ask('POST', '1.2/rtm/broadcasts', { body });
    await gets(object, object, { alert: 'Just this' }, { alert: 'For you' }, { alert: 'For all' });
    expect(await server.refusal('POST', path, { body: { ...from, push_data: [] } })).toEqual([400, 1]);
    const large = { ...from, push_data: { alert: 'x'.repeat(4_100) } };
    expect(await server.refusal('POST', path, { body: large })).toEqual([400, 1]);
  });

  test('mentions, and what has no effect', async () => {
    const client = await jerry.connect();
    await send({ mention_client_ids: ['Jerry'], no_sync: true, priority: 'high' });
    await send({ mention_all: true });
    expect(await heard(client, 2)).toMatchObject([
      { mentions: { userIds: ['Jerry'], everyone: false } },
      { mentions: { everyone: true } },
    ]);
    client.disconnect();
  });

  test('what cannot be sent', async () => {
    const refusal = (body: object, to = path) =>
      server.refusal('POST', to, { body: { from_client: 'Tom', message: 'Hello', ...body } });
    expect(await refusal({ message: 'x'.repeat(5_121) })).toEqual([413, 1]);
    expect(await refusal({ message: 'x'.repeat(5_000), push_data: { alert: 'x'.repeat(200) } })).toEqual([
      413, 1,
    ]);
    expect(await refusal({ message: { _lctype: -1 } })).toEqual([400, 1]);
    expect(await refusal({ from_client: 'a:b' })).toEqual([400, 4103]);
    expect(await refusal({ mention_client_ids: Array.from({ length: 21 }, () => 'Tom') })).toEqual([400, 1]);
    expect(await refusal({}, '1.2/rtm/conversations/none/messages')).toEqual([404, 4401]);
    const room = await server.ask('POST', '1.2/rtm/chatrooms', { body: {} });
    expect(await refusal({}, `1.2/rtm/conversations/${room['objectId'] as string}/messages`)).toEqual([
      400, 4314,
    ]);
  });

  test('in rooms', async () => {
    const room = await server.ask('POST', '1.2/rtm/chatrooms', { body: {} });
    const ofRoom = `1.2/rtm/chatrooms/${room['objectId'] as string}/messages`;
    await server.ask('POST', ofRoom, { body: { from_client: 'Tom', message: 'Hello' } });
    expect(await server.ask('GET', ofRoom)).toMatchObject([{ data: 'Hello', 'is-room': true }]);
  });

  test('hooks see it, and say what they say', async () => {
    await application.hook(
      ({ body: { event } }) => {
        const shown = JSON.stringify('content' in event ? event.content : null);
        if (shown.includes('casino')) return { action: 'reject', code: 77, detail: 'No casinos' };
        return shown.includes('spam') ? { action: 'drop' } : {};
      },
      { failurePolicy: 'abort' },
    );
    const refused = await server.call('POST', path, { body: { from_client: 'Tom', message: 'casino' } });
    expect([refused.status, refused.body]).toEqual([
      400,
      { code: 4402, error: 'No casinos', appCode: 77, appMsg: 'No casinos' },
    ]);
    const dropped = { body: { from_client: 'Tom', message: 'spam' } };
    expect(await server.refusal('POST', path, dropped)).toEqual([400, 4402]);
    expect(await said()).toEqual([]);
  });

  test('once under an idempotency key', async () => {
    const headers = { ...server.asMaster, 'idempotency-key': 'once' };
    const asked = { headers, body: { from_client: 'Tom', message: 'Hello' } };
    expect(await server.ask('POST', path, asked)).toEqual(await server.ask('POST', path, asked));
    expect(await said()).toEqual(['Hello']);
  });
});

describe('histories', () => {
  test('between bounds: the table of LeanCloud’s guide', async () => {
    const sent: Sent[] = [];
    for (const message of ['1', '2', '3']) sent.push(await send({ message }));
    const [first, , third] = sent as [Sent, Sent, Sent];
    const ids = (from: Sent, till: Sent) => ({
      ...{ msgid: from['msg-id'], timestamp: from.timestamp },
      ...{ till_msgid: till['msg-id'], till_timestamp: till.timestamp },
    });
    const down = ids(third, first);
    const up = { ...ids(first, third), reversed: true };
    expect(await said(down)).toEqual(['2']);
    expect(await said({ ...down, include_start: true })).toEqual(['3', '2']);
    expect(await said({ ...down, include_stop: true })).toEqual(['2', '1']);
    expect(await said({ ...down, include_start: true, include_stop: true, limit: 1 })).toEqual(['3']);
    expect(await said(up)).toEqual(['2']);
    expect(await said({ ...up, include_start: true })).toEqual(['1', '2']);
    expect(await said({ ...up, include_stop: true })).toEqual(['2', '3']);
    expect(await said({ ...up, limit: 1, include_start: true })).toEqual(['1']);
    expect(await said()).toEqual(['3', '2', '1']);
    expect(await said({ limit: 2 })).toEqual(['3', '2']);
    expect(await said({ reversed: true, limit: 2 })).toEqual(['1', '2']);
    expect(await said({ timestamp: first.timestamp })).toEqual([]);
    expect(await said({ timestamp: third.timestamp + 1, till_timestamp: first.timestamp - 1 })).toEqual([
      '3',
      '2',
      '1',
    ]);
    // What is no id of a message counts for nothing.
    expect(await said({ msgid: 'none' })).toEqual(['3', '2', '1']);
    for (const query of [{ limit: 0 }, { limit: 1_001 }, { timestamp: 'x' }, { reversed: 'perhaps' }])
      expect(await server.refusal('GET', path, { query })).toEqual([400, 1]);
    const legacy = { convid: conversation.id, max_ts: third.timestamp, msgid: third['msg-id'], limit: 1 };
    expect(await server.ask('GET', '1.1/rtm/messages/history', { query: legacy })).toMatchObject([
      { data: '2' },
    ]);
  });

  test('more than one question asks for', async () => {
    const messages = Array.from({ length: 230 }, (_, index) => String(index));
    for (let at = 0; at < messages.length; at += 50)
      await Promise.all(messages.slice(at, at + 50).map((message) => send({ message })));
    expect((await said({ limit: 1_000 })).toSorted()).toEqual(messages.toSorted());
    expect(await said({ limit: 210 })).toHaveLength(210);
  });

  test('with the application key and a signature: what the client may see', async () => {
    await application.user('Spike');
    const { id } = await application.group([tom], { historyVisibility: 'joined' });
    const ofLate = `1.2/rtm/conversations/${id}/messages`;
    await server.ask('POST', ofLate, { body: { from_client: 'Tom', message: 'before' } });
    await application.add({ id }, jerry);
    await server.ask('POST', ofLate, { body: { from_client: 'Tom', message: 'after' } });
    const now = Date.now();
    const signed = (client: string, timestamp: number, order: 'guide' | 'sample', of = id) => {
      const end = order === 'guide' ? `nonce:${String(timestamp)}` : `${String(timestamp)}:nonce`;
      const signature = server.signature(`${application.id}:${client}:${of}:${end}`);
      return { client_id: client, nonce: 'nonce', signature_ts: timestamp, signature };
    };
    const read = (query: object) =>
      server.call('GET', ofLate, {
        headers: server.asApplication,
        query: { ...query },
      });
    const shown = async (query: object): Promise<unknown[]> =>
      ((await read(query)).body as MessageRow[]).map(({ data }) => data);
    expect(await shown(signed('Tom', now, 'guide'))).toEqual(['after', 'before']);
    expect(await shown(signed('Jerry', now, 'guide'))).toEqual(['after']);
    expect(await shown(signed('Jerry', Math.floor(now / 1_000), 'sample'))).toEqual(['after']);
    expect(await shown(signed('Spike', now, 'sample'))).toEqual([]);
    const hours = 60 * 60 * 1_000;
    const wrong = [
      {},
      signed('Jerry', now - 7 * hours, 'guide'),
      signed('Jerry', now, 'guide', conversation.id),
      { ...signed('Jerry', now, 'guide'), client_id: 'Tom' },
      { ...signed('Jerry', now, 'guide'), signature: undefined },
    ];
    for (const query of wrong) expect(await read(query)).toMatchObject({ status: 401, body: { code: 4302 } });
    const legacy = { convid: id, peerid: 'Jerry', ...signed('Jerry', now, 'guide') };
    const answer = await server.call('GET', '1.1/rtm/messages/history', {
      headers: server.asApplication,
      query: legacy,
    });
    expect(answer.body).toMatchObject([{ data: 'after' }]);
  });
});

describe('changing', () => {
  let sent: Sent;
  let of: string;
  let meant: { from_client: string; timestamp: number };
  beforeEach(async () => {
    sent = await send({ message: text('Hello') });
    of = `${path}/${sent['msg-id']}`;
    meant = { from_client: 'Tom', timestamp: sent.timestamp };
  });

  test('an edit and a recall; clients hear of both', async () => {
    const client = await jerry.connect();
    expect(await server.ask('PUT', of, { body: { ...meant, message: text('Bye') } })).toEqual({});
    expect(await said()).toEqual([text('Bye')]);
    expect(await server.ask('PUT', `${of}/recall`, { body: meant })).toEqual({});
    expect(await said()).toEqual(['{"_lctype":-127}']);
    expect(await heard(client, 2)).toMatchObject([
      { type: 'message.updated', content: { type: 'text', text: 'Bye' } },
      { type: 'message.recalled' },
    ]);
    expect(await server.refusal('PUT', of, { body: { ...meant, message: 'again' } })).toEqual([404, 4404]);
    client.disconnect();
  });

  test('the first version', async () => {
    const patch = { from_peer: 'Tom', conv_id: conversation.id, timestamp: sent.timestamp };
    const body = { ...patch, msg_id: sent['msg-id'], message: text('patched') };
    expect(await server.ask('POST', '1.1/rtm/patch/message', { body })).toEqual({});
    expect(await said()).toEqual([text('patched')]);
    const [row] = await rows();
    const logged = { ...row, data: text('logged') };
    expect(await server.ask('PUT', '1.1/rtm/messages/logs', { body: logged })).toEqual({});
    expect(await said()).toEqual([text('logged')]);
    const recall = { ...patch, mid: sent['msg-id'], recall: true };
    expect(await server.ask('POST', '1.1/rtm/patch/message', { body: recall })).toEqual({});
    expect(await said()).toEqual(['{"_lctype":-127}']);
    expect(await server.refusal('POST', '1.1/rtm/patch/message', { body: patch })).toEqual([400, 1]);
    const message = { from_peer: 'Tom', conv_id: conversation.id, message: 'Hello', transient: false };
    expect(await server.ask('POST', '1.1/rtm/messages', { body: message })).toHaveProperty('msg-id');
    const aimed = { ...message, to_peers: ['Jerry'] };
    expect(await server.refusal('POST', '1.1/rtm/messages', { body: aimed })).toEqual([400, 4313]);
  });

  test('another sender, another time, another message', async () => {
    const put = (said: object, to = of) =>
      server.refusal('PUT', to, { body: { ...meant, message: 'x', ...said } });
    expect(await put({ from_client: 'Jerry' })).toEqual([403, 4403]);
    expect(await put({ timestamp: sent.timestamp + 1 })).toEqual([404, 4404]);
    expect(await put({}, `${path}/none`)).toEqual([404, 4404]);
    expect(await put({}, `${path}/01940b5e-7d2c-7000-8000-000000000001`)).toEqual([404, 4404]);
    expect(await server.refusal('PUT', `${of}/recall`, { body: { from_client: 'Tom' } })).toEqual([400, 1]);
    expect(await said()).toEqual([text('Hello')]);
  });

  test('a hook drops, or rejects', async () => {
    await application.on(
      'messageUpdate',
      ({ body: { recall } }) =>
        recall ? { action: 'drop' } : { action: 'reject', code: 9, detail: 'It stays' },
      { failurePolicy: 'abort' },
    );
    const { body } = await server.call('PUT', of, { body: { ...meant, message: 'x' } });
    expect(body).toEqual({ code: 4405, error: 'It stays', appCode: 9, appMsg: 'It stays' });
    expect(await server.refusal('PUT', `${of}/recall`, { body: meant })).toEqual([400, 4405]);
  });
});
