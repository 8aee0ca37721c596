import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { MessageReceivedRequest } from '#contracts/hooks/requests.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { Client, stored } from '../harness/client.js';
import { requestOf } from '../harness/rest.js';
import type { SignedServer } from '../harness/signed-server.js';
import { World } from '../harness/world.js';

/** What the proxy before the gateway would add. */
const headers = { 'x-forwarded-for': '198.51.100.99, 203.0.113.7' };
const origin = { address: '203.0.113.7', dialect: 'native' };

let world: World;
let application: TestApplication;
let tom: TestUser;
let group: { readonly id: string };
let hook: SignedServer<MessageReceivedRequest>;

beforeAll(async () => {
  world = await World.start({ settings: { HOOKLINE_TRUSTED_PROXIES: '127.0.0.0/8,::1' } });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom, await application.user('jerry')]);
  hook = await application.hook(() => ({}));
});

function expectAsked(event: object): void {
  expect(hook.bodies).toEqual([
    {
      ...{ id: expect.any(String), hook: 'messageReceived', applicationId: application.id },
      ...{ timestamp: expect.any(Number), origin, recipients: ['jerry'] },
      conversation: { id: group.id, kind: 'group', attributes: {} },
      event: { type: 'message', senderId: 'tom', ...event },
    },
  ]);
}

const text = { type: 'text', text: 'Hello' } as const;

describe('a messageReceived hook gets what is sent, and the address of the client behind proxies,', () => {
  test('by REST', async () => {
    const parameters = { conversationId: group.id };
    const mentions = { userIds: ['jerry'], everyone: false };
    const body = { content: text, mentions };
    const request = requestOf(operations.sendMessage, { as: tom, parameters, body });
    expect((await world.rest({ ...request, headers })).status).toBe(201);
    expectAsked({ content: text, mentions });
  });

  test('with the master key', async () => {
    const parameters = { conversationId: group.id };
    const body = { content: text, senderId: 'tom' };
    const request = requestOf(operations.sendMessage, { as: application, parameters, body });
    expect((await world.rest({ ...request, headers })).status).toBe(201);
    expectAsked({ content: text });
  });

  test('by a socket', async () => {
    const client = await Client.connect(world.gateways[0]!.url, { token: tom.token }, undefined, headers);
    stored(await client.send(group, 'Hello'));
    client.disconnect();
    expectAsked({ content: text });
  });

  test('in bytes, as Base64', async () => {
    const content = { type: 'binary', data: Buffer.from([0, 255, 10, 13]).toString('base64') } as const;
    const parameters = { conversationId: group.id };
    const request = requestOf(operations.sendMessage, { as: tom, parameters, body: { content } });
    expect((await world.rest({ ...request, headers })).status).toBe(201);
    expectAsked({ content });
  });
});
