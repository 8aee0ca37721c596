import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import type { UserPresence } from '#contracts/presence.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

/** What is said of these users by REST: "tom online". */
async function present(as: TestUser | TestApplication, ...userIds: string[]): Promise<string[]> {
  const { presences } = await world.call<{ presences: UserPresence[] }>(operations.listPresences, {
    as,
    query: { userIds: userIds.join() },
  });
  return presences.map(({ userId, status }) => `${userId} ${status}`).toSorted();
}

const subscribe = (client: Client, ...users: { readonly id: string }[]): Promise<unknown> =>
  client.call('presence.subscribe', { userIds: users.map(({ id }) => id) });

/** What the client has heard of presences: "tom online". */
function told(client: Client): string[] {
  return client.heard
    .filter(({ name }) => name === 'presence.update')
    .map(({ payload }) => payload as UserPresence)
    .map(({ userId, status }) => `${userId} ${status}`);
}

async function expectTold(client: Client, ...lines: string[]): Promise<void> {
  await eventually(() => {
    expect(told(client)).toEqual(lines);
  });
}

describe('who is online', () => {
  test('is told to servers of everybody in their application, and to users of those with whom they talk', async () => {
    await application.group([tom, jerry]);
    const foreign = await (await world.application()).user('foreigner');
    await Promise.all([jerry.connect({ gateway: 1 }), spike.connect(), foreign.connect()]);
    const all = ['tom', 'jerry', 'spike', 'nobody', 'foreigner'];
    expect(await present(application, ...all)).toEqual(['jerry online', 'spike online', 'tom offline']);
    expect(await present(tom, ...all)).toEqual(['jerry online', 'tom offline']);
    expect(await present(spike, ...all)).toEqual(['spike online']);
  });

  test('is told to users who are in the same room, as long as both are', async () => {
    const { id: conversationId } = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room' },
    });
    const [here, there, elsewhere] = [
      await tom.connect(),
      await jerry.connect({ gateway: 1 }),
      await spike.connect(),
    ];
    const all = ['tom', 'jerry', 'spike'];
    await here.call('room.enter', { conversationId });
    expect(await present(tom, ...all)).toEqual(['tom online']);
    await there.call('room.enter', { conversationId });
    expect(await present(tom, ...all)).toEqual(['jerry online', 'tom online']);
    expect(await present(jerry, ...all)).toEqual(['jerry online', 'tom online']);
    expect(await present(spike, ...all)).toEqual(['spike online']);
    await elsewhere.call('room.enter', { conversationId });
    await there.call('room.leave', { conversationId });
    expect(await present(tom, ...all)).toEqual(['spike online', 'tom online']);
    expect(await present(jerry, ...all)).toEqual(['jerry online']);
  });

  test('is not told any more to whoever has left', async () => {
    const group = await application.group([tom, jerry, spike]);
    expect(await present(tom, 'spike')).toEqual(['spike offline']);
    await application.remove(group, spike);
    expect(await present(tom, 'spike')).toEqual([]);
    expect(await present(spike, 'tom', 'jerry')).toEqual([]);
  });
});

describe('whoever subscribes', () => {
  test('hears how it is, and then when the first session is opened and the last one closed', async () => {
    await application.group([tom, jerry, spike]);
    const client = await tom.connect();
    const phone = await jerry.connect({ gateway: 1 });
    expect(await subscribe(client, jerry, spike)).toEqual({ ok: true, userIds: ['jerry', 'spike'] });
    expect(told(client).toSorted()).toEqual(['jerry online', 'spike offline']);
    client.heard.length = 0;
    const desk = await jerry.connect();
    phone.disconnect();
    await spike.connect({ gateway: 1 });
    await expectTold(client, 'spike online');
    desk.disconnect();
    await expectTold(client, 'spike online', 'jerry offline');
    await jerry.connect({ gateway: 1 });
    await expectTold(client, 'spike online', 'jerry offline', 'jerry online');
  });

  test('hears nothing of those whom it may not see', async () => {
    await application.group([tom, jerry]);
    const namesake = await (await world.application()).user('spike');
    const client = await tom.connect();
    expect(await subscribe(client, spike, jerry, { id: 'nobody' })).toEqual({ ok: true, userIds: ['jerry'] });
    await spike.connect();
    await namesake.connect();
    await jerry.connect();
    await expectTold(client, 'jerry offline', 'jerry online');
    // Whoever is in a conversation with it later has to be subscribed to again.
    await application.group([tom, spike]);
    expect(await subscribe(client, spike)).toEqual({ ok: true, userIds: ['spike'] });
    await expectTold(client, 'jerry offline', 'jerry online', 'spike online');
  });

  test('hears no more after it has unsubscribed, and of others still', async () => {
    await application.group([tom, jerry, spike]);
    const [client, other] = [await tom.connect(), await tom.connect()];
    for (const one of [client, other]) await subscribe(one, jerry);
    await subscribe(client, spike);
    expect(await client.call('presence.unsubscribe', { userIds: ['jerry', 'nobody'] })).toEqual({ ok: true });
    await jerry.connect();
    await expectTold(other, 'jerry offline', 'jerry online');
    await spike.connect({ gateway: 1 });
    await expectTold(client, 'jerry offline', 'spike offline', 'spike online');
  });

  test('hears of a change also when nobody said so', async () => {
    await application.group([tom, jerry]);
    const client = await tom.connect();
    await subscribe(client, jerry);
    // As a session of another gateway, whose notice is lost.
    await world.database.sql(
      `INSERT INTO conversation.session (id, application_id, user_id, incarnation, dialect, epoch)
       SELECT gen_random_uuid(), $1, 'jerry', incarnation, 'native', 1 FROM conversation.gateway_lease
       WHERE voided_at IS NULL LIMIT 1`,
      application.id,
    );
    await expectTold(client, 'jerry offline', 'jerry online');
  });

  test('may do so for 200 users, and is refused as a whole beyond', async () => {
    const ids = Array.from(
      { length: limits.presenceSubscriptions },
      (_each, index) => `user-${String(index)}`,
    );
    await world.database.sql(
      `WITH made AS (INSERT INTO conversation."user" (application_id, id) SELECT $1, unnest($2::text[]) RETURNING id)
       INSERT INTO conversation.member (id, conversation_key, application_id, user_id, joined_seq)
       SELECT gen_random_uuid(), conversation.key, $1, made.id, 1 FROM made, conversation.conversation
       WHERE conversation.id = $3`,
      application.id,
      ids as unknown as string,
      (await application.group([tom])).id,
    );
    const client = await tom.connect();
    for (const half of [ids.slice(0, 100), ids.slice(100)])
      expect(await subscribe(client, ...half.map((id) => ({ id })))).toMatchObject({ ok: true });
    expect(told(client)).toHaveLength(limits.presenceSubscriptions);
    const beyond = await subscribe(client, tom);
    expect(beyond).toMatchObject({ ok: false, error: { code: 'too_many_subscriptions' } });
    await client.call('presence.unsubscribe', { userIds: [ids[0]] });
    expect(await subscribe(client, tom)).toEqual({ ok: true, userIds: ['tom'] });
  });
});
