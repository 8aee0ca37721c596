import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { register } from './hook-servers.js';
import { LeanEngine } from './lean-engine.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * A service as it is moved over from LeanCloud: made and subscribed to by its REST API, moderated by an unmodified hook server,
 * and read by a web hook, in its rows.
 */

let world: SharedWorld;
let application: TestApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
  application = await world.application();
});
afterAll(() => world.close());

interface Row {
  readonly data: string;
}

test('what users say to a service is moderated, and comes in rows; what the service says does not', async () => {
  const server = new LeanCloudServer(application);
  const { objectId: id } = await server.ask<{ objectId: string }>('POST', '1.2/rtm/service-conversations', {
    body: { name: 'Questions' },
  });
  const [tom, jerry] = await application.users('Tom', 'Jerry');
  const path = `1.2/rtm/service-conversations/${id}`;
  await server.ask('POST', `${path}/subscribers`, { body: { client_id: 'Tom' } });
  const engine = await LeanEngine.start({
    onIMMessageReceived: ({ params }) => ({ content: params.content.replace('crap', '**') }),
  });
  try {
    await register(application, engine);
    const receiver = await application.webhook(() => ({}), {
      format: { kind: 'leancloud' },
      conversations: { conversationId: id },
    });
    await server.ask('POST', `${path}/broadcasts`, { body: { from_client: 'Service', message: 'Ask us' } });
    // Whoever is not subscribed may ask, too.
    for (const [user, content] of [
      [tom, 'Holy crap!'],
      [jerry, { type: 'binary', data: 'AQID' }],
    ] as const)
      expect((await user.send({ id }, content)).status).toBe(201);
    const [announced, ...asked] = await engine.parameters('_messageReceived', 3);
    expect(announced).toMatchObject({ fromPeer: 'Service', content: 'Ask us', system: true });
    expect(asked).toMatchObject([
      {
        fromPeer: 'Tom',
        convId: id,
        content: '{"_lctext":"Holy crap!","_lctype":-1}',
        bin: false,
        system: true,
      },
      { fromPeer: 'Jerry', convId: id, content: 'AQID', bin: true, system: true },
    ]);
    const rows = (): Row[] => receiver.received.flatMap(({ body }) => body as unknown as Row[]);
    await eventually(() => {
      expect(rows()).toHaveLength(2);
    });
    const events = (await application.history({ id }, { types: 'message' })).slice(1);
    const said = [
      { from: 'Tom', bin: false, data: '{"_lctext":"Holy **!","_lctype":-1}' },
      { from: 'Jerry', bin: true, data: 'AQID' },
    ];
    expect(rows()).toEqual(
      said.map((row, index) => {
        const { id: eventId, timestamp } = events[index]!;
        const at = { __type: 'Date', iso: new Date(timestamp).toISOString() };
        return {
          ...{ fromIp: '127.0.0.1', msgId: messageIdOf(eventId), ...row, createdAt: at, updatedAt: at },
          conv: { __type: 'Pointer', className: '_Conversation', objectId: id },
        };
      }),
    );
    const { results } = await server.ask<{ results: Row[] }>('GET', '1.1/classes/_SysMessage');
    expect(results.map(({ data }) => data)).toEqual(rows().map(({ data }) => data));
  } finally {
    await engine.stop();
  }
});
