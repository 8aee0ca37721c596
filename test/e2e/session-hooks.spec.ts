import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestOf } from '#contracts/hooks/requests.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { runsOf } from '../harness/managed-hooks.js';
import { HttpAnswer, type SignedServer } from '../harness/signed-server.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let online: SignedServer<RequestOf<'clientOnline'>>;
let offline: SignedServer<RequestOf<'clientOffline'>>;

beforeAll(async () => {
  world = await World.start({ gateways: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  online = await application.on('clientOnline', () => ({}));
  offline = await application.on('clientOffline', () => ({}));
});

const ofSession = <Body extends { session: { id: string } }>(
  hook: SignedServer<Body>,
  client: Client,
): Body[] => hook.bodies.filter(({ session }) => session.id === client.ready.sessionId);

/** What was told of the end of a client's session, once. */
function ending(client: Client, within?: number): Promise<RequestOf<'clientOffline'>> {
  return eventually(() => {
    const told = ofSession(offline, client);
    expect(told).toHaveLength(1);
    return told[0]!;
  }, within);
}

describe('clientOnline and clientOffline', () => {
  test('tell who came whence, and that a client that says goodbye has left', async () => {
    const client = await tom.connect({ tag: 'web' });
    client.disconnect();
    const { body, id } = await eventually(() => {
      expect(online.received).toHaveLength(1);
      return online.received[0]!;
    });
    const session = { id: client.ready.sessionId, dialect: 'native', tag: 'web', address: '127.0.0.1' };
    const about = { applicationId: application.id, timestamp: expect.any(Number), userId: 'tom' };
    expect(body).toEqual({
      ...{ ...about, id, hook: 'clientOnline', reconnect: false },
      session: { ...session, epoch: 1 },
    });
    expect(await ending(client)).toEqual({
      ...{ ...about, id: expect.any(String), hook: 'clientOffline' },
      session: { ...session, epoch: 2 },
      ...{ closeCode: 1, closeMessage: 'The client has left' },
    });
    const again = await tom.connect({ resume: {} });
    await eventually(() => {
      expect(ofSession(online, again)).toMatchObject([{ reconnect: true }]);
    });
  });

  test('tell why a session is over', async () => {
    const lost = { closeCode: 2, session: { address: null, epoch: 2 } };
    const [vanishes, babbles, shouts, kicked, revoked, first] = [
      await tom.connect(),
      await tom.connect(),
      await tom.connect(),
      await tom.connect(),
      await (await application.known('tom')).connect(),
      await tom.connect({ tag: 'phone' }),
    ];
    vanishes.vanish();
    babbles.sendRaw('4garbage');
    shouts.sendRaw(`4${'x'.repeat(limits.socketPacketBytes + 1)}`);
    expect(await ending(vanishes)).toMatchObject(lost);
    expect(ofSession(offline, vanishes)[0]).not.toHaveProperty('errorCode');
    expect(await ending(babbles)).toMatchObject({
      ...lost,
      ...{ errorCode: 4114, errorMessage: 'UNPARSEABLE_RAW_MSG' },
    });
    expect(await ending(shouts)).toMatchObject({
      ...lost,
      ...{ errorCode: 4109, errorMessage: 'FRAME_TOO_LONG' },
    });
    await application.call(operations.endSession, {
      parameters: { sessionId: kicked.ready.sessionId },
      query: { reason: 'Go to bed' },
    });
    expect(await ending(kicked)).toMatchObject({ closeCode: 4, closeMessage: 'Go to bed' });
    const second = await tom.connect({ tag: 'phone', gateway: 1 });
    expect(await ending(first)).toMatchObject({ closeCode: 3, session: { tag: 'phone' } });
    await application.revokeTokens(tom);
    expect(await ending(revoked)).toMatchObject({ closeCode: 4 });
    expect(await ending(second)).toMatchObject({ closeCode: 4 });
  });

  test('tell that a client has answered no ping', async () => {
    const client = await tom.connect();
    client.ignorePings();
    // The gateway gives it its time: it asks after 25 s, and waits for 20 s.
    expect(await ending(client, 90_000)).toMatchObject({
      ...{ closeCode: 2, errorCode: 4107, errorMessage: 'READ_TIMEOUT' },
      session: { address: null, epoch: 2 },
    });
    expect(client.closing).toBeUndefined();
  }, 120_000);

  test('tell nothing of what was before they were registered, or disabled', async () => {
    const other = await world.application();
    const ann = await other.user('ann');
    const early = await ann.connect();
    early.disconnect();
    await world.offline(ann);
    const stays = await ann.connect();
    const hook = await other.on('clientOffline', () => ({}));
    const disabled = await other.on('clientOnline', () => ({}), { enabled: false });
    const late = await ann.connect();
    late.disconnect();
    await eventually(() => {
      expect(ofSession(hook, late)).toHaveLength(1);
    });
    stays.disconnect();
    await eventually(() => {
      expect(hook.bodies.map(({ session }) => session.id)).toEqual([
        late.ready.sessionId,
        stays.ready.sessionId,
      ]);
    });
    expect(disabled.bodies).toEqual([]);
  });

  test('come all and in order to a server that was away, and after a kill of hook-engine', async () => {
    offline.behave(() => new HttpAnswer(503));
    const clients = [await tom.connect(), await tom.connect({ gateway: 1 })];
    for (const client of clients) client.disconnect();
    await eventually(() => {
      expect(offline.received.length).toBeGreaterThan(0);
    });
    await world.hookEngine.kill();
    const more = [await tom.connect(), await tom.connect({ gateway: 1 })];
    for (const client of more) client.disconnect();
    await world.offline(tom);
    const answered: string[] = [];
    offline.behave(({ body }) => {
      answered.push(body.session.id);
      return {};
    });
    await world.hookEngine.start();
    await eventually(() => {
      const ids = [...clients, ...more].map(({ ready }) => ready.sessionId);
      expect([...new Set(answered)].toSorted()).toEqual(ids.toSorted());
      for (const client of [...clients, ...more]) expect(ofSession(online, client)).not.toEqual([]);
    }, 90_000);
    for (const { session } of offline.bodies) expect(session.epoch).toBe(2);
  });
});

describe('a gateway that is killed', () => {
  const clientCount = 8;

  /** @returns how long after the last renewal of its lease the last call was made, in ms, by the platform's own clocks */
  async function killedGateway(): Promise<number> {
    const before = offline.received.length;
    const clients = await Promise.all(Array.from({ length: clientCount }, () => tom.connect({ gateway: 1 })));
    await eventually(() => {
      for (const client of clients) expect(ofSession(online, client)).toHaveLength(1);
    });
    await world.gateways[1]!.kill();
    const told = await Promise.all(clients.map((client) => ending(client, 60_000)));
    await world.gateways[1]!.start();
    for (const one of told)
      expect(one).toMatchObject({
        ...{ closeCode: 2, errorCode: 4200, errorMessage: 'INTERNAL_ERROR' },
        session: { epoch: 2, address: null },
      });
    expect(offline.received).toHaveLength(before + clientCount);
    const [lease] = await world.database.sql(
      `SELECT extract(epoch FROM lease.renewed_at) * 1000 AS "renewedAt"
       FROM conversation.gateway_lease AS lease JOIN conversation.session USING (incarnation) WHERE session.id = $1::uuid`,
      clients[0]!.ready.sessionId,
    );
    const renewedAt = Number(lease!['renewedAt']);
    for (const { timestamp } of told)
      expect(timestamp - renewedAt).toBeGreaterThanOrEqual(limits.leaseDuration);
    const called = await eventually(async () => {
      const { runs } = await runsOf(application, offline);
      expect(runs).toHaveLength(before + clientCount);
      return runs.slice(0, clientCount).map(({ startedAt }) => startedAt);
    });
    return Math.max(...called) - renewedAt;
  }

  test('one clientOffline for each of its sessions, within 2 s after its lease, and none for others', async () => {
    const staying = await tom.connect();
    // A machine that is busy with other things may be late once. What is late by design is so each time.
    const within: number[] = [];
    while (within.length < 3 && !within.some((time) => time <= limits.leaseDuration + 2_000))
      within.push(await killedGateway());
    expect(Math.min(...within)).toBeLessThanOrEqual(limits.leaseDuration + 2_000);
    expect(ofSession(offline, staying)).toEqual([]);
    staying.disconnect();
    await ending(staying);
    expect(offline.bodies).toHaveLength(1 + clientCount * within.length);
  }, 240_000);
});
