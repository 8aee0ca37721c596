import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { heard, NexmoClient, releases, type NexmoEvent } from './nexmo-client.js';
import { everyPath, VonageApplication } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;
const open: NexmoClient[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
});
// A page that stays open hears and acknowledges what later tests say.
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => world.close());

interface Shown {
  readonly id: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

async function login(release: (typeof releases)[number], name: string): Promise<NexmoClient> {
  const client = await NexmoClient.login(release, vonage, vonage.token(name));
  open.push(client);
  return client;
}

/** Said by a member. @returns its id */
async function said(room: { id: string }, as: string, type: string, body: object): Promise<number> {
  const path = `/v0.3/conversations/${room.id}/events`;
  return (await vonage.ask<Shown>('POST', path, { body: { type, body }, as: vonage.token(as) })).id;
}

const saidTypes = (events: readonly Shown[]): Shown[] =>
  events.filter(({ type }) => type === 'text' || type.startsWith('custom:'));

async function listed({ id }: { id: string }, query = ''): Promise<Shown[]> {
  const path = `/v0.3/conversations/${id}/events?page_size=100${query}`;
  return (await vonage.ask<{ _embedded: { events: Shown[] } }>('GET', path))._embedded.events;
}

const deletedBody = { timestamp: { deleted: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) } };

describe.each(releases)('the unmodified %s', (release) => {
  test('deletes a text and a custom event, of which the other hears, and which stay without a body', async () => {
    const room = await vonage.room('alice', 'bob');
    const [alice, bob] = await Promise.all([login(release, 'alice'), login(release, 'bob')]);
    const ofAlice = await alice.application.getConversation(room.id);
    const ofBob = await bob.application.getConversation(room.id);
    const deletions = NexmoClient.hear(ofBob, 'event:delete');
    // What listeners get is what the package deletes by.
    const shown = new Map<unknown, NexmoEvent>();
    for (const name of ['wave', 'text']) ofAlice.on(name, (_from, event) => shown.set(event.id, event));
    const custom = await said(room, 'alice', 'custom:wave', { hand: 'left' });
    const text = await said(room, 'alice', 'text', { text: 'hello' });
    const own = await said(room, 'bob', 'text', { text: 'mine' });
    for (const id of [custom, text]) {
      const event = await eventually(() => {
        const found = shown.get(id);
        if (found === undefined) throw new Error(`${String(id)} is not heard yet`);
        return found;
      });
      await ofAlice.deleteEvent(event);
    }
    await heard(deletions, 2);
    // By the number that is said to be gone, the package finds what it has shown, and gives it to the listener.
    expect(deletions).toEqual([
      expect.objectContaining({ id: custom, body: expect.objectContaining(deletedBody) as object }),
      expect.objectContaining({ id: text, body: expect.objectContaining(deletedBody) as object }),
    ]);
    await eventually(async () => {
      expect(saidTypes(await listed(room))).toEqual([
        expect.objectContaining({ id: custom, type: 'custom:wave', body: deletedBody }),
        expect.objectContaining({ id: text, type: 'text', body: deletedBody }),
        expect.objectContaining({ id: own, body: { text: 'mine' } }),
      ]);
    });
  });
});

describe('DELETE of an event', () => {
  test.each([
    ['beta', 200, {}],
    ['beta2', 200, {}],
    ['v0.1', 200, {}],
    ['v0.2', 200, {}],
    ['v0.3', 204, undefined],
    ['v1', 204, undefined],
  ] as const)('in %s answers %d, and again', async (version, status, body) => {
    const room = await vonage.room('alice', 'bob');
    const id = await said(room, 'alice', 'custom:wave', { hand: 'left' });
    const path = `/${version}/conversations/${room.id}/events/${String(id)}?from=${room.members['alice']!}`;
    for (const time of ['first', 'again']) {
      const answer = await vonage.call('DELETE', path, { raw: 'null', as: vonage.token('alice') });
      expect([time, answer.status]).toEqual([time, status]);
      if (body !== undefined) expect(answer.body).toEqual(body);
    }
    expect((await listed(room)).filter(({ type }) => type === 'event:delete')).toHaveLength(1);
  });

  test("of another's is for servers alone, and so is another's name for it", async () => {
    const room = await vonage.room('alice', 'bob');
    const id = await said(room, 'alice', 'custom:wave', { hand: 'left' });
    const path = `/v0.3/conversations/${room.id}/events/${String(id)}`;
    const asBob = { as: vonage.token('bob') };
    expect((await vonage.refusal('DELETE', path, asBob))[0]).toBe(403);
    expect((await vonage.refusal('DELETE', `${path}?from=${room.members['alice']!}`, asBob))[0]).toBe(403);
    await vonage.users('mallory');
    expect((await vonage.refusal('DELETE', path, { as: vonage.token('mallory') }))[0]).toBeGreaterThanOrEqual(
      403,
    );
    const joined = `/v0.3/conversations/${room.id}/events/1`;
    expect(await vonage.refusal('DELETE', joined)).toEqual([404, 'event:error:not-found']);
    const readOnly = vonage.sign({
      subject: 'alice',
      acl: { paths: { ...everyPath.paths, '/*/conversations/**': { methods: ['GET'] } } },
    });
    expect((await vonage.refusal('DELETE', path, { as: readOnly }))[0]).toBe(403);
    expect(await vonage.ask('GET', path)).toMatchObject({ body: { hand: 'left' } });
    expect((await vonage.call('DELETE', path)).status).toBe(204);
    expect(await vonage.ask('GET', path)).toMatchObject({ type: 'custom:wave', body: deletedBody });
  });

  test('leaves it out where deleted events are not asked for, and what only looks so stays', async () => {
    const room = await vonage.room('alice', 'bob');
    const custom = await said(room, 'alice', 'custom:wave', { hand: 'left' });
    const text = await said(room, 'alice', 'text', { text: 'hello' });
    const similar = await said(room, 'alice', 'custom:wave', { timestamp: { deleted: 'never' } });
    for (const id of [custom, text])
      await vonage.call('DELETE', `/v1/conversations/${room.id}/events/${String(id)}`);
    const kept = saidTypes(await listed(room, '&exclude_deleted_events=true'));
    expect(kept.map(({ id }) => id)).toEqual([similar]);
    expect(saidTypes(await listed(room)).map(({ id }) => id)).toEqual([custom, text, similar]);
  });

  test('that a hook drops deletes nothing, and says so', async () => {
    const room = await vonage.room('alice', 'bob');
    const id = await said(room, 'alice', 'custom:wave', { hand: 'left' });
    const hook = await vonage.application.on('messageUpdate', () => ({ action: 'drop' }));
    const path = `/v0.3/conversations/${room.id}/events/${String(id)}`;
    expect(await vonage.refusal('DELETE', path)).toEqual([403, 'event:error:rejected']);
    await vonage.application.deleteHook(hook);
    expect(await vonage.ask('GET', path)).toMatchObject({ body: { hand: 'left' } });
  });
});
