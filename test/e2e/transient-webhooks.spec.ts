import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import { serviceRows, type ServiceRows } from '#contracts/webhooks/payloads.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { HttpAnswer } from '../harness/signed-server.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
});

const text = (said: string) => ({ type: 'text' as const, text: said });
/** As LeanCloud's rows have it. */
const dataOf = (said: string) => JSON.stringify({ _lctext: said, _lctype: -1 });

test("what a user says to a service without its being stored comes to LeanCloud's web hooks, after the hooks, and to nobody else", async () => {
  const [tom, jerry] = await application.users('tom', 'jerry');
  const [service, other] = [await application.service(), await application.service()];
  await application.add(service, tom, jerry);
  const group = await application.group([tom, jerry]);
  const rows = await application.webhook(() => ({}), { format: { kind: 'leancloud', lingerMs: 0 } });
  const all = await application.webhook();
  const ofOther = await application.webhook(() => ({}), {
    format: { kind: 'leancloud' },
    conversations: { conversationId: other.id },
  });
  const hook = await application.hook(({ body: { event } }) => {
    const said = event.content.type === 'text' ? event.content.text : '';
    return said.includes('secret') ? { action: 'drop' } : { content: text(said.replace('crap', '**')) };
  });
  const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
  const say = (said: string, to: { id: string } = service) =>
    toms.call('ephemeral_message.send', { conversationId: to.id, content: text(said) });

  expect(await say('a secret')).toEqual({ ok: true, dropped: true });
  expect(await say('Holy crap!')).toEqual({ ok: true });
  expect(await say('to you all', group)).toEqual({ ok: true });
  await toms.send(service, 'lasting');
  const received = () => rows.received.flatMap(({ body }) => body as unknown as ServiceRows);
  await eventually(() => {
    expect(
      received()
        .map(({ data }) => data)
        .toSorted(),
    ).toEqual([dataOf('Holy **!'), dataOf('lasting')]);
    expect(all.bodies.map(({ type }) => type)).toContain('message');
  });
  const { noPersist, ...row } = received().find(({ data }) => data === dataOf('Holy **!'))!;
  expect(noPersist).toBe(true);
  expect(row).toMatchObject({
    ...{ from: 'tom', bin: false, fromIp: '127.0.0.1' },
    conv: { __type: 'Pointer', className: '_Conversation', objectId: service.id },
  });
  expect(received().find(({ data }) => data === dataOf('lasting'))).not.toHaveProperty('noPersist');
  for (const { body } of rows.received) serviceRows.parse(body);
  expect(hook.bodies[1]).toMatchObject({
    conversation: { id: service.id, kind: 'system' },
    event: { type: 'message', senderId: 'tom', content: text('Holy crap!'), ephemeral: true },
    recipients: [],
  });

  // Jerry has heard what came behind it.
  await eventually(() => {
    expect(jerrys.heard.filter(({ name }) => name === 'ephemeral_message')).toMatchObject([
      { payload: { conversationId: group.id, content: text('to you all') } },
    ]);
  });
  const history = await application.history(service);
  expect(history.map(({ id }) => messageIdOf(id))).not.toContain(row.msgId);
  expect(history).toHaveLength(1);
  expect(all.bodies.filter(({ type }) => type === 'message')).toHaveLength(1);
  expect(ofOther.received).toEqual([]);
});

test('it is sent again until it is taken, and kept until then alone', async () => {
  const tom = await application.user('spike');
  const service = await application.service();
  let calls = 0;
  const rows = await application.webhook(
    () => {
      calls += 1;
      return calls === 1 ? new HttpAnswer(500) : {};
    },
    { format: { kind: 'leancloud', lingerMs: 0 }, conversations: { conversationId: service.id } },
  );
  const client = await tom.connect();
  await client.call('ephemeral_message.send', {
    conversationId: service.id,
    content: text('until somebody takes this'),
  });
  await eventually(() => {
    expect(rows.received.map(({ body }) => body)).toMatchObject([
      [{ data: dataOf('until somebody takes this'), noPersist: true }],
      [{ data: dataOf('until somebody takes this'), noPersist: true }],
    ]);
  });
  expect(rows.received[1]!.body).toEqual(rows.received[0]!.body);
  await eventually(async () => {
    expect(await world.database.tablesWith('until somebody takes this')).toEqual([]);
  });
});
