import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * LeanCloud's REST API for what is taken away from the server, and for what is counted there.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;
let tom: TestUser;
let jerry: TestUser;

const rtm = '1.2/rtm';

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
  [tom, jerry] = await application.users('Tom', 'Jerry');
});

interface Stored {
  readonly eventId: string;
  readonly timestamp: number;
}

const textsSeenBy = async (user: TestUser, conversationId: string): Promise<string[]> => {
  const { events } = await user.call<{ events: { content?: { text: string } }[] }>(operations.listEvents, {
    parameters: { conversationId },
    query: { types: 'message', order: 'ascending' },
  });
  return events.map(({ content }) => content?.text ?? '');
};

describe('a message that is deleted', () => {
  let group: { readonly id: string };
  let path: string;
  let query: Record<string, string | number>;
  beforeEach(async () => {
    group = await application.group([tom, jerry]);
    const { eventId, timestamp } = (await tom.send(group, 'Tom regrets this')).body as Stored;
    expect((await tom.update(group, eventId, 'Tom regrets this, again')).status).toBe(200);
    path = `${rtm}/conversations/${group.id}/messages/${messageIdOf(eventId)}`;
    query = { from_client: 'Tom', timestamp };
  });

  test('is found by nobody, nor what was said about it, and nobody is told', async () => {
    const client = await jerry.connect();
    await tom.send(group, 'It stays');
    expect(await server.ask('DELETE', path, { query })).toEqual({});
    expect(await textsSeenBy(tom, group.id)).toEqual(['It stays']);
    expect(await server.ask('GET', `${rtm}/conversations/${group.id}/messages`)).toHaveLength(1);
    const { events } = await jerry.call<{ events: object[] }>(operations.listEvents, {
      parameters: { conversationId: group.id },
    });
    expect(JSON.stringify(events)).not.toContain('regrets');
    expect(await world.database.tablesWith('Tom regrets')).not.toContain('conversation.event');
    expect(await server.refusal('DELETE', path, { query })).toEqual([404, 4404]);
    expect(client.heard.map(({ name }) => name)).not.toContain('message.recalled');
  });

  test('is found by nobody either when the first version of the API deletes it', async () => {
    const { eventId, timestamp } = (await jerry.send(group, 'Ouch')).body as Stored;
    const logs = '1.1/rtm/messages/logs';
    const meant = { convid: group.id, msgid: messageIdOf(eventId), timestamp };
    for (const older of [{}, { timestamp: timestamp + 1 }, { max_ts: timestamp + 1 }])
      expect(await server.ask('GET', logs, { query: { convid: group.id, ...older } })).toHaveLength(2);
    expect(await server.refusal('DELETE', logs, { query: { ...meant, timestamp: 1 } })).toEqual([404, 4404]);
    expect(await server.ask('DELETE', logs, { query: meant })).toEqual({});
    expect(await server.refusal('DELETE', logs, { query: meant })).toEqual([404, 4404]);
    expect(await textsSeenBy(tom, group.id)).toEqual(['Tom regrets this, again']);
  });

  test('is the one that is meant, and of this conversation', async () => {
    expect(await server.refusal('DELETE', path, { query: { ...query, from_client: 'Jerry' } })).toEqual([
      403, 4403,
    ]);
    expect(await server.refusal('DELETE', path, { query: { ...query, timestamp: 1 } })).toEqual([404, 4404]);
    expect(await server.refusal('DELETE', path)).toEqual([400, 1]);
    const other = await application.group([tom]);
    const elsewhere = path.replace(group.id, other.id);
    expect(await server.refusal('DELETE', elsewhere, { query })).toEqual([404, 4404]);
    expect(await textsSeenBy(jerry, group.id)).toEqual(['Tom regrets this, again']);
  });
});

describe('a service', () => {
  let service: string;
  let path: string;
  beforeEach(async () => {
    ({ objectId: service } = await server.ask<{ objectId: string }>('POST', `${rtm}/service-conversations`, {
      body: { name: 'News' },
    }));
    path = `${rtm}/service-conversations/${service}/subscribers`;
  });
  const subscribe = (id: string) => server.ask('POST', path, { body: { client_id: id } });

  test('counts its subscribers', async () => {
    expect(await server.ask('GET', `${path}/count`)).toEqual({ count: 0 });
    for (const id of ['Tom', 'Jerry', 'Tom']) await subscribe(id);
    expect(await server.ask('GET', `${path}/count`)).toEqual({ count: 2 });
    await server.ask('DELETE', `${path}/Tom`);
    expect(await server.ask('GET', `${path}/count`)).toEqual({ count: 1 });
    const { objectId } = await server.conversation({ m: ['Tom'] });
    expect(await server.refusal('GET', `${path.replace(service, objectId)}/count`)).toEqual([400, 4313]);
  });

  test('takes what it has said to several from one of them alone', async () => {
    for (const id of ['Tom', 'Jerry']) await subscribe(id);
    const say = (text: string, to?: string[]): Promise<Stored> =>
      application.call(operations.sendMessage, {
        parameters: { conversationId: service },
        body: { senderId: 'Tom', content: { type: 'text', text }, to },
      });
    const direct = await say('to both', ['Tom', 'Jerry']);
    const announced = await say('to all');
    const of = (user: string, { eventId }: Stored) => `${path}/${user}/messages/${messageIdOf(eventId)}`;
    expect(await server.ask('DELETE', of('Jerry', direct))).toEqual({});
    expect(await textsSeenBy(jerry, service)).toEqual(['to all']);
    expect(await textsSeenBy(tom, service)).toEqual(['to both', 'to all']);
    expect(await server.refusal('DELETE', of('Jerry', direct))).toEqual([404, 4404]);
    expect(await server.refusal('DELETE', of('Jerry', announced))).toEqual([404, 4404]);
    expect(await textsSeenBy(jerry, service)).toEqual(['to all']);
    // Nor from its sender: by its own view it is found when the user is deleted, or exported.
    expect(await server.refusal('DELETE', of('Tom', direct))).toEqual([404, 4404]);
    const asked = (await jerry.send({ id: service }, 'from Jerry')).body as Stored;
    expect(await server.refusal('DELETE', of('Jerry', asked))).toEqual([404, 4404]);
    expect(await textsSeenBy(tom, service)).toEqual(['to both', 'to all']);
  });
});

test('a room counts who is there, each once', async () => {
  const { objectId: conversationId } = await server.ask<{ objectId: string }>('POST', `${rtm}/chatrooms`, {
    body: {},
  });
  const path = `${rtm}/chatrooms/${conversationId}/members/online-count`;
  expect(await server.ask('GET', path)).toEqual({ result: 0 });
  for (const user of [tom, tom, jerry]) await (await user.connect()).call('room.enter', { conversationId });
  expect(await server.ask('GET', path)).toEqual({ result: 2 });
  const asClient = { query: { gid: conversationId }, headers: server.asApplication };
  expect(await server.ask('GET', '1.1/rtm/transient_group/onlines', asClient)).toEqual({ result: 2 });
});
