import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { SendAcknowledgement } from '#contracts/sockets.js';
import type { Decides, TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import type { RestAnswer } from '../harness/rest.js';
import { requestOf } from '../harness/rest.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { id: string };

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry, spike]);
});

const text = (value: string) => ({ type: 'text', text: value }) as const;
const drops: Decides = () => ({ action: 'drop' });
const rejects: Decides = () => ({ action: 'reject', code: -7, detail: 'Чужие здесь не ходят' });
const rejection = { code: -7, detail: 'Чужие здесь не ходят' };

const eventIdOf = ({ body }: RestAnswer): string => (body as { eventId: string }).eventId;
const seqs = (client: Client): number[] => client.events(group).map(({ seq }) => seq);

/** Sends something that everybody sees, after the hook is gone: what was to come before it has come. */
async function marker(...clients: Client[]): Promise<void> {
  const id = eventIdOf(await tom.send(group, 'marker'));
  await eventually(() => {
    for (const client of clients) expect(client.events(group).at(-1)?.id).toBe(id);
  });
}

describe('a drop and a rejection', () => {
  test.each([
    ['dropped', drops, { status: 200, body: { dropped: true } }, { ok: true, dropped: true }],
    [
      'rejected',
      rejects,
      { status: 403, body: { code: 'rejected_by_hook', detail: rejection.detail, hook: rejection } },
      { ok: false, error: { code: 'rejected_by_hook', detail: rejection.detail, hook: rejection } },
    ],
  ] as const)(
    '%s: REST and socket say so, and nobody sees anything',
    async (_name, decides, byRest, bySocket) => {
      const client = await tom.connect();
      const listener = await jerry.connect({ gateway: 1 });
      const webhook = await application.webhook();
      const hook = await application.hook(decides);
      expect(await tom.send(group, 'Hello')).toMatchObject(byRest);
      expect(await tom.sendCustom(group, 'wave', 1)).toMatchObject(byRest);
      expect(await client.send(group, 'Hello')).toMatchObject(bySocket);
      expect(await client.sendCustom(group, 'wave', 1)).toMatchObject(bySocket);
      expect(hook.received).toHaveLength(4);
      await application.deleteHook(hook);
      await marker(client, listener);
      expect([seqs(client), seqs(listener)]).toEqual([[2], [2]]);
      expect(await tom.history(group)).toHaveLength(2);
      await eventually(() => {
        expect(webhook.bodies.map(({ data }) => data.seq)).toEqual([2]);
      });
    },
  );
});

describe('narrowing', () => {
  test('who is left out sees the message nowhere: live, in history, by id or at resume, and counts as no receiver', async () => {
    const jerrysClient = await jerry.connect({ gateway: 1 });
    const spikesClient = await spike.connect({ gateway: 1 });
    const afterHook = await application.afterHook();
    const hook = await application.hook(() => ({ recipients: ['spike'] }));
    const answer = await tom.send(group, 'not for Jerry');
    expect(answer).toMatchObject({
      status: 201,
      body: { modified: { recipients: ['spike'], hookIds: [hook.id] } },
    });
    await application.deleteHook(hook);
    await marker(jerrysClient, spikesClient);
    expect(seqs(jerrysClient)).toEqual([3]);
    expect(seqs(spikesClient)).toEqual([2, 3]);
    expect((await jerry.history(group)).map(({ seq }) => seq)).toEqual([1, 3]);
    expect(await jerry.event(group, eventIdOf(answer))).toMatchObject({
      status: 404,
      body: { code: 'event_not_found' },
    });
    const again = await jerry.connect({ resume: { [group.id]: 1 } });
    expect(seqs(again)).toEqual([3]);
    await eventually(() => {
      expect(afterHook.bodies).toHaveLength(2);
    });
    const { onlineRecipients, offlineRecipients } = afterHook.bodies[0]!;
    expect([...onlineRecipients, ...offlineRecipients]).toEqual(['spike']);
  });

  test('to nobody: only the sender sees it', async () => {
    const clients = await Promise.all([tom.connect(), jerry.connect({ gateway: 1 }), spike.connect()]);
    const hook = await application.hook(() => ({ recipients: [] }));
    expect(await tom.send(group, 'to myself')).toMatchObject({
      status: 201,
      body: { modified: { recipients: [] } },
    });
    await application.deleteHook(hook);
    await marker(...clients);
    expect(clients.map(seqs)).toEqual([[2, 3], [3], [3]]);
  });

  test('to somebody outside: that one event live and by id, not the conversation', async () => {
    const butch = await application.user('butch');
    const outside = await butch.connect({ gateway: 1 });
    const inside = await jerry.connect({ gateway: 1 });
    const hook = await application.hook(() => ({ recipients: ['butch'] }));
    const answer = await tom.send(group, 'for Butch');
    expect(answer).toMatchObject({ status: 201, body: { modified: { recipients: ['butch'] } } });
    await eventually(() => {
      expect(outside.events()).toMatchObject([{ id: eventIdOf(answer), content: text('for Butch') }]);
    });
    await application.deleteHook(hook);
    await marker(inside);
    expect(seqs(inside)).toEqual([3]);
    expect(await butch.event(group, eventIdOf(answer))).toMatchObject({
      status: 200,
      body: { content: text('for Butch') },
    });
    await expect(butch.history(group)).rejects.toMatchObject({ problem: { code: 'not_a_member' } });
    expect(await world.rest(requestOf(operations.listConversations, { as: butch }))).toMatchObject({
      body: { conversations: [] },
    });
    expect((await butch.connect({ resume: { [group.id]: 0 } })).events()).toEqual([]);
    expect(outside.heard.map(({ name }) => name)).toEqual(['session.ready', 'message.created']);
  });

  test('to the same people in another order and more than once is none', async () => {
    const listener = await jerry.connect({ gateway: 1 });
    await application.hook(() => ({ recipients: ['spike', 'jerry', 'spike'] }));
    expect(await tom.send(group, 'Hello')).toMatchObject({ status: 201, body: { modified: null } });
    await eventually(() => {
      expect(seqs(listener)).toEqual([2]);
    });
  });

  test('reaches what the hook before it has left, and is told to the sender with all that changed it', async () => {
    const first = await application.hook(() => ({ recipients: ['jerry', 'spike', 'tom'] }), { position: 1 });
    const second = await application.hook(() => ({ content: text('rewritten'), recipients: ['jerry'] }), {
      position: 2,
    });
    const client = await tom.connect();
    const answer = stored(await client.send(group, 'Hello'));
    expect(answer.modified).toEqual({
      content: text('rewritten'),
      recipients: ['jerry'],
      hookIds: [second.id],
    });
    expect(first.received).toHaveLength(1);
    expect(await spike.history(group)).toHaveLength(1);
  });
});

describe('an idempotency key', () => {
  const rewrites: Decides = () => ({ content: text('rewritten') });

  test.each([
    ['a drop', drops],
    ['a rejection', rejects],
    ['a rewritten message', rewrites],
  ])('repeated after %s answers the same without asking the hook again', async (_name, decides) => {
    const hook = await application.hook(decides);
    const client = await tom.connect({ gateway: 1 });
    const idempotencyKey = 'once';
    const first = await tom.send(group, 'Hello', { idempotencyKey });
    const again = await tom.send(group, 'Hello', { idempotencyKey, gateway: 1 });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    // The key is the user's, whatever door it comes by.
    const bySocket: SendAcknowledgement = await client.send(group, 'Hello', idempotencyKey);
    if (first.status === 201) expect(bySocket).toEqual({ ok: true, ...(first.body as object) });
    else if (first.status === 200) expect(bySocket).toEqual({ ok: true, dropped: true });
    else expect(bySocket).toMatchObject({ ok: false, error: { code: 'rejected_by_hook', hook: rejection } });
    expect(hook.received).toHaveLength(1);
    await application.deleteHook(hook);
    const afterwards = await tom.send(group, 'Hello', { idempotencyKey });
    expect([afterwards.status, afterwards.body]).toEqual([first.status, first.body]);
    expect(await tom.history(group)).toHaveLength(first.status === 201 ? 2 : 1);
  });

  test('with other content, for another conversation or as another kind is a conflict', async () => {
    await application.hook(drops);
    const other = await application.group([tom]);
    const idempotencyKey = 'once';
    await tom.send(group, 'Hello', { idempotencyKey });
    const conflict = { status: 409, body: { code: 'idempotency_key_reused' } };
    expect(await tom.send(group, 'Hello!', { idempotencyKey })).toMatchObject(conflict);
    expect(await tom.send(other, 'Hello', { idempotencyKey })).toMatchObject(conflict);
    expect(await tom.sendCustom(group, 'wave', 'Hello', { idempotencyKey })).toMatchObject(conflict);
    // Another user's key of the same name is another key.
    expect(await jerry.send(group, 'Hello', { idempotencyKey })).toMatchObject({ body: { dropped: true } });
  });

  test('used many times at once stores one event, and all get its outcome', async () => {
    await application.hook(rewrites);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        tom.send(group, 'Hello', { idempotencyKey: 'once', gateway: index % 2 }),
      ),
    );
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await tom.history(group)).toHaveLength(2);
  });
});

describe('while a hook thinks', () => {
  test('who loses the membership is refused, and nothing is stored', async () => {
    const hook = await application.hook(async () => {
      await application.remove(group, tom);
      return {};
    });
    const client = await tom.connect();
    expect(await client.send(group, 'Hello')).toMatchObject({ ok: false, error: { code: 'not_a_member' } });
    expect(hook.received).toHaveLength(1);
    expect((await jerry.history(group)).map(({ type }) => type)).toEqual(['member.joined', 'member.left']);
  });

  test('the messages of one sender stay in order, and those of others go on', async () => {
    const release = Promise.withResolvers<object>();
    await application.hook(({ body }) =>
      body.event.senderId === 'tom' && (body.event.content as { text: string }).text === 'first'
        ? release.promise
        : {},
    );
    const toms = await tom.connect();
    const jerrys = await jerry.connect({ gateway: 1 });
    const waiting = ['first', 'second', 'third'].map((one) => toms.send(group, one));
    stored(await jerrys.send(group, 'meanwhile'));
    release.resolve({});
    for (const answer of await Promise.all(waiting)) stored(answer);
    const contents = (await jerry.history(group))
      .slice(1)
      .map((event) => ('content' in event ? event.content : null));
    expect(contents).toEqual(['meanwhile', 'first', 'second', 'third'].map(text));
  });
});

describe('moderation is never switched off', () => {
  test('by the death of hook-engine: nothing is stored, and everything works when it is back', async () => {
    await application.hook(() => ({ content: text('moderated') }));
    for (const name of ['conversationStart', 'conversationAdd', 'conversationRemove'] as const)
      await application.on(name, () => ({}));
    await application.on('conversationUpdate', () => ({}));
    const butch = await application.user('butch');
    const client = await tom.connect();
    stored(await client.send(group, 'before'));
    await world.idle();
    const before = await world.database.rowCounts();
    await world.hookEngine.kill();
    const unavailable = { code: 'hook_engine_unavailable', retryable: true };
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await client.send(group, 'raw', 'again')).toMatchObject({ ok: false, error: unavailable });
      const answer = await tom.send(group, 'raw', { gateway: 1 });
      expect(answer).toMatchObject({ status: 503, body: unavailable });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    const parameters = { conversationId: group.id };
    const others = [
      () => tom.create({ members: [{ userId: 'jerry' }] }),
      () => application.add(group, butch),
      () => application.remove(group, jerry),
      () => application.call(operations.updateConversation, { parameters, body: { name: 'raw' } }),
    ];
    for (const each of others) expect(await refusal(each())).toBe('hook_engine_unavailable');
    expect(await world.database.rowCounts()).toEqual(before);
    await world.hookEngine.start();
    await world.whole();
    expect(stored(await client.send(group, 'raw', 'again')).modified).toMatchObject({
      content: text('moderated'),
    });
    expect(await world.database.tablesWith('"raw"')).toEqual([]);
  });

  test('and costs nothing where there is none: an application without hooks sends while hook-engine is dead', async () => {
    await application.hook(() => ({}));
    const other = await world.application();
    const butch = await other.user('butch');
    const alone = await other.group([butch]);
    const client = await butch.connect({ gateway: 1 });
    const sends = (): Promise<unknown>[] => [
      ...[0, 1, 0, 1].map((gateway) => butch.send(alone, 'Hello', { gateway }).then(({ status }) => status)),
      client.send(alone, 'Hello').then(({ ok }) => ok),
    ];
    // What the replicas know counts for some seconds: on a machine that is slower than that it is tried again.
    await eventually(async () => {
      await Promise.all([...sends(), ...sends()]);
      await world.hookEngine.kill();
      try {
        expect(await Promise.all([...sends(), tom.send(group, 'Hello')])).toEqual([
          ...[201, 201, 201, 201, true],
          expect.objectContaining({ status: 503 }),
        ]);
      } finally {
        await world.hookEngine.start();
        await world.whole();
      }
    });
  });

  test('by a registration that some replica has not heard of: 100 times, the next send passes the new hook', async () => {
    for (let round = 0; round < 100; round++) {
      const gateway = round % 2;
      const server = await world.signedServer(() => ({ action: 'drop' }));
      const hook = await application.call<{ id: string; secret: string }>(operations.createHook, {
        body: { name: 'messageReceived', url: server.url },
      });
      server.registered(hook);
      const dropped = await Promise.all([
        tom.send(group, 'a', { gateway }),
        tom.send(group, 'b', { gateway: 1 - gateway }),
      ]);
      expect([round, ...dropped.map(({ body }) => body)]).toEqual([
        round,
        { dropped: true },
        { dropped: true },
      ]);
      await application.deleteHook(hook);
      expect((await tom.send(group, String(round), { gateway })).status).toBe(201);
      expect(server.received).toHaveLength(2);
      await server.close();
    }
    expect(await tom.history(group)).toHaveLength(101);
  });
});
