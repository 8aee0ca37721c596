import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ErrorCode } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import { Database } from '#platform/database/database.js';
import { SessionEndsStore } from '../../apps/conversation/src/store/session-ends.store.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { ConnectionRefused, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { requestOf } from '../harness/rest.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
});

async function expectEnded(client: Client, code: ErrorCode, detail?: string): Promise<void> {
  await eventually(() => {
    expect(client.closing).toMatchObject({ code, retryable: false, ...(detail !== undefined && { detail }) });
    expect(client.isConnected).toBe(false);
  });
}

/** The log of a client's session: "1 online", "2 offline kicked bye". */
async function story({ ready }: Client): Promise<string[]> {
  const rows = await world.database.sql(
    `SELECT concat_ws(' ', epoch, kind, reason, detail) AS line FROM conversation.session_change
     WHERE session_id = $1::uuid ORDER BY number`,
    ready.sessionId,
  );
  return rows.map(({ line }) => String(line));
}

const idsOf = (clients: readonly Client[]): string[] => clients.map(({ ready }) => ready.sessionId);

async function refusalOf(connecting: Promise<Client>): Promise<ErrorCode | undefined> {
  const refusal = await connecting.then(
    () => undefined,
    (error: unknown) => error,
  );
  return refusal instanceof ConnectionRefused ? refusal.error.code : undefined;
}

describe("a user's sessions", () => {
  test('are listed, oldest first, to servers and to the user', async () => {
    const phone = await tom.connect({ tag: 'phone' });
    const desk = await tom.connect({ gateway: 1 });
    await jerry.connect();
    const sessions = await application.sessions(tom);
    expect(sessions).toEqual([
      {
        sessionId: phone.ready.sessionId,
        userId: 'tom',
        dialect: 'native',
        tag: 'phone',
        address: expect.stringContaining('127.0.0.1'),
        connectedAt: expect.any(Number),
      },
      expect.objectContaining({ sessionId: desk.ready.sessionId, tag: null }),
    ]);
    expect(await world.call(operations.listSessions, { as: tom })).toEqual({ sessions });
    phone.disconnect();
    await eventually(async () => {
      expect((await application.sessions(tom)).map(({ sessionId }) => sessionId)).toEqual(idsOf([desk]));
    });
  });

  test('are ended one by one, with a text for the client', async () => {
    const [first, second] = [await tom.connect({ gateway: 1 }), await tom.connect()];
    await application.call(operations.endSession, {
      parameters: { sessionId: first.ready.sessionId },
      query: { reason: 'Signed in elsewhere' },
    });
    await expectEnded(first, 'session_kicked', 'Signed in elsewhere');
    expect(await story(first)).toEqual(['1 online', '2 offline kicked Signed in elsewhere']);
    const repeated = requestOf(operations.endSession, {
      as: application,
      parameters: { sessionId: first.ready.sessionId },
    });
    expect(await world.rest(repeated)).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    expect(second.isConnected).toBe(true);
    await world.call(operations.endSession, { as: tom, parameters: second.ready });
    await expectEnded(second, 'session_kicked');
  });

  test('are ended all at once, and hear nothing that is said after it', async () => {
    const group = await application.group([tom, jerry]);
    const clients = [await tom.connect(), await tom.connect({ gateway: 1 })];
    const staying = await jerry.connect({ gateway: 1 });
    expect(await application.call(operations.endSessions, { query: { userId: 'tom' } })).toEqual({
      ended: 2,
    });
    for (const client of clients) await expectEnded(client, 'session_kicked');
    await jerry.send(group, 'Is he gone?');
    await eventually(() => {
      expect(staying.events(group)).toHaveLength(1);
    });
    for (const client of clients) expect(client.events(group)).toEqual([]);
    expect(await application.sessions(tom)).toEqual([]);
    // Its token counts: it may come back.
    await tom.connect();
  });

  test('are ended once under a key: a repetition leaves those alone who came back', async () => {
    const client = await tom.connect();
    const request = { query: { userId: 'tom' }, idempotencyKey: 'once' };
    expect(await application.call(operations.endSessions, request)).toEqual({ ended: 1 });
    await expectEnded(client, 'session_kicked');
    const again = await tom.connect();
    expect(await application.call(operations.endSessions, request)).toEqual({ ended: 1 });
    expect(await application.sessions(tom)).toHaveLength(1);
    expect(again.isConnected).toBe(true);
  });

  test("are nobody else's business", async () => {
    const client = await tom.connect();
    const other = await world.application();
    const parameters = { sessionId: client.ready.sessionId };
    for (const as of [jerry, other, await other.user('tom')]) {
      const { body } = await world.rest(requestOf(operations.endSession, { as, parameters }));
      expect(body).toMatchObject({ code: 'session_not_found' });
    }
    expect(client.isConnected).toBe(true);
  });

  test('end also when their gateway was not told', async () => {
    const client = await tom.connect({ gateway: 1 });
    const { sessionId } = client.ready;
    const database = new Database(
      {
        DATABASE_URL: world.database.url,
        HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
        HOOKLINE_DATABASE_CONNECTIONS: 2,
      },
      'sessions-test',
    );
    await new SessionEndsStore(database).end(application.id, null, sessionId, 'Nobody told');
    await database.close();
    await expectEnded(client, 'session_kicked', 'Nobody told');
    await eventually(async () => {
      const untold = 'SELECT FROM conversation.session WHERE id = $1::uuid AND is_untold';
      expect(await world.database.sql(untold, sessionId)).toEqual([]);
    });
  });
});

describe('a tag', () => {
  test('is had by one session of a user: the newer one takes its place', async () => {
    const older = await tom.connect({ tag: 'phone' });
    const others = [
      await tom.connect({ tag: 'desk' }),
      await jerry.connect({ tag: 'phone' }),
      await tom.connect(),
    ];
    const newer = await tom.connect({ tag: 'phone', gateway: 1 });
    await expectEnded(older, 'session_replaced');
    expect(await story(older)).toEqual(['1 online', '2 offline replaced']);
    expect([newer, ...others].map(({ isConnected }) => isConnected)).toEqual([true, true, true, true]);
  });

  test('that many take at the same moment is had by one in the end, and nobody waits in vain', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, (_each, index) => tom.connect({ tag: 'phone', gateway: index % 2 })),
    );
    await eventually(async () => {
      expect(await application.sessions(tom)).toHaveLength(1);
    });
    const clients = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await eventually(() => {
      expect(clients.filter(({ isConnected }) => isConnected)).toHaveLength(1);
    });
    const reasons = attempts.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as ConnectionRefused).error.code] : [],
    );
    expect(reasons.filter((code) => code !== 'session_replaced')).toEqual([]);
  });

  test('does not belong to a session whose gateway is gone', async () => {
    const lost = await tom.connect({ tag: 'phone', gateway: 1 });
    await world.gateways[1]!.kill();
    await world.endLease(lost);
    await tom.connect({ tag: 'phone' });
    expect(await story(lost)).toEqual(['1 online', '2 offline lease_lost']);
    await world.gateways[1]!.start();
    await world.whole();
  });
});

test('whoever subscribes to a user whose gateway has died hears of it when the lease is void', async () => {
  await application.group([tom, jerry]);
  const client = await tom.connect();
  const lost = await jerry.connect({ gateway: 1 });
  await client.call('presence.subscribe', { userIds: ['jerry'] });
  await world.gateways[1]!.kill();
  await world.endLease(lost);
  await eventually(() => {
    const told = client.heard.filter(({ name }) => name === 'presence.update');
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { userId: 'jerry', status: 'online' },
      { userId: 'jerry', status: 'offline' },
    ]);
  });
  await world.gateways[1]!.start();
  await world.whole();
});

/** Gives the user so many open sessions of that gateway's, as the client's is. */
async function crowd({ ready }: Client, count: number): Promise<void> {
  await world.database.sql(
    `INSERT INTO conversation.session (id, application_id, user_id, incarnation, dialect, epoch)
     SELECT gen_random_uuid(), application_id, user_id, incarnation, dialect, 1
     FROM conversation.session, generate_series(1, $2::int) WHERE id = $1::uuid`,
    ready.sessionId,
    String(count),
  );
}

test('a user has so many sessions and no more; those whose gateway is gone do not count', async () => {
  const client = await tom.connect();
  const crowded = await tom.connect({ gateway: 1 });
  await crowd(crowded, limits.sessionsPerUser - 2);
  expect(await refusalOf(tom.connect())).toBe('too_many_sessions');
  await jerry.connect();
  client.disconnect();
  const tagged = await eventually(() => tom.connect({ tag: 'phone' }));
  expect(await refusalOf(tom.connect())).toBe('too_many_sessions');
  // It takes the place of the one with its tag.
  await tom.connect({ tag: 'phone' });
  await expectEnded(tagged, 'session_replaced');
  await world.gateways[1]!.kill();
  await world.endLease(crowded);
  await eventually(() => tom.connect());
  await world.gateways[1]!.start();
  await world.whole();
});

test('a user never has more sessions than allowed, also when many come at once', async () => {
  const [room, coming] = [5, 12];
  await crowd(await tom.connect(), limits.sessionsPerUser - 1 - room);
  const attempts = await Promise.allSettled(
    Array.from({ length: coming }, (_each, index) => tom.connect({ gateway: index % 2 })),
  );
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(room);
  expect(await application.sessions(tom)).toHaveLength(limits.sessionsPerUser);
});
