import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanStorage } from './lean-storage.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * What users have said to services as the class `_SysMessage`, by LeanCloud's own SDK for servers, unmodified, and by REST.
 */

let world: SharedWorld;
let application: TestApplication;
let server: LeanCloudServer;
let storage: LeanStorage;
let services: readonly [string, string];

const path = '1.1/classes/_SysMessage';
const said = (text: string): string => `{"_lctext":"${text}","_lctype":-1}`;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  server = new LeanCloudServer(application);
  storage = await LeanStorage.of(application, world.gateways[0]!.url);
  const [tom, jerry] = await application.users('Tom', 'Jerry');
  const [questions, complaints] = [await application.service(), await application.service()];
  services = [questions.id, complaints.id];
  for (const user of [tom, jerry]) await application.add(questions, user);
  await tom.send(questions, 'Hello');
  await jerry.send(questions, 'How are you?');
  await tom.send(complaints, 'Ouch');
  // What services say is in none of it, whoever is named as its sender.
  const body = { from_client: 'Tom', message: 'from a server' };
  const rtm = `1.2/rtm/service-conversations/${questions.id}`;
  await server.ask('POST', `${rtm}/messages`, { body: { ...body, to_clients: ['Tom', 'Jerry'] } });
  await server.ask('POST', `${rtm}/broadcasts`, { body });
  await server.ask('POST', '1.2/rtm/broadcasts', { body: { ...body, conv_id: questions.id } });
  // Nor is what members say to each other.
  await tom.send(await application.group([tom, jerry]), 'Psst');
});
afterEach(() => storage.stop());

describe('what users have said to services', () => {
  test('is found by service, sender, time, id and content, in any order, and counted', async () => {
    const [hello, how, ouch] = ['Hello', 'How are you?', 'Ouch'].map(said);
    expect(await storage.run('saidTo', [...services])).toEqual({
      all: [hello, how, ouch],
      newestOfFirst: [how, hello],
      ofBoth: [hello, how, ouch],
      fromTom: [ouch, hello],
      second: [how],
      contains: [hello],
      later: [ouch],
      since: [how, ouch],
      byId: [how],
      either: [how, ouch],
      bySender: [hello, ouch, how],
      batched: [how],
      count: 2,
      findAndCount: [1, 3],
      newest: {
        objectId: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
        msgId: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        timestamp: expect.any(Number),
        ...{ conv: services[0], from: 'Jerry', data: how, bin: false },
        ...{ isDate: true, isSame: true },
      },
    });
  });

  test('is edited and recalled by its sender, and deleted by a server: of the whole history', async () => {
    const find = async () => (await server.ask<{ results: Record<string, string>[] }>('GET', path)).results;
    const [first, second, third] = await find();
    const jerry = await application.known('Jerry');
    const events = await jerry.history({ id: services[0] });
    const { id } = events.find(({ senderId }) => senderId === 'Jerry')!;
    await jerry.update({ id: services[0] }, id, 'How do you do?');
    const [, edited] = await find();
    expect(edited).toEqual({ ...second, data: said('How do you do?'), updatedAt: expect.any(String) });
    expect(Date.parse(edited!['updatedAt']!)).toBeGreaterThan(Date.parse(second!['updatedAt']!));
    await expect(storage.run('forget', first!['objectId']!)).rejects.toMatchObject({ code: 101 });
    expect(await find()).toEqual([edited, third]);
    const left = (await application.history({ id: services[0] })).map((event) => messageIdOf(event.id));
    expect(left).toContain(edited!['msgId']);
    expect(left).not.toContain(first!['msgId']);
    const both = [edited, third].map((row) => row!['objectId']).join(',');
    expect(await server.ask('DELETE', `${path}/${both}`)).toEqual({});
    expect(await find()).toEqual([]);
  });

  test('is read by servers alone, and written by nobody', async () => {
    await expect(storage.run('spy')).rejects.toMatchObject({ code: 403 });
    await expect(storage.run('write')).rejects.toMatchObject({ code: 1 });
    expect(await server.refusal('PUT', `${path}/${'A'.repeat(22)}`, { body: {} })).toEqual([405, 1]);
  });

  test('is nothing, of what is no service, of another application, and of no id', async () => {
    const group = await application.group(await application.users('Spike', 'Tyke'));
    const foreign = await (await world.application()).service();
    const pointer = (objectId: string) => ({ __type: 'Pointer', className: '_Conversation', objectId });
    for (const where of [
      ...[group.id, foreign.id, 'none', 'no id!'].map((id) => ({ conv: pointer(id) })),
      ...[{ objectId: 'none' }, { msgId: 'A'.repeat(22) }, { from: 'Nobody' }, { from: 7 }],
      ...[{ timestamp: { $lt: -1 } }, { timestamp: { $gt: 1e18 } }, { conv: { $in: [] } }],
    ]) {
      const { body } = await server.call('GET', path, { query: { where: JSON.stringify(where) } });
      expect([where, body]).toEqual([where, { results: [] }]);
    }
    expect(await server.refusal('GET', `${path}/none`)).toEqual([404, 101]);
    expect(await server.refusal('DELETE', `${path}/none`)).toEqual([404, 101]);
    expect(await server.refusal('GET', path, { query: { where: '{' } })).toEqual([400, 102]);
  });

  test('of so many services that they have to be named', async () => {
    for (let made = 0; made < 99; made += 1) await application.service();
    expect(await server.refusal('GET', path)).toEqual([400, 4310]);
    const where = JSON.stringify({
      conv: { __type: 'Pointer', className: '_Conversation', objectId: services[1] },
    });
    expect(
      (await server.ask<{ results: unknown[] }>('GET', path, { query: { where } })).results,
    ).toHaveLength(1);
  });
});
