import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { requestOf } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';

/** In everything that is between Tom and the service, and nowhere else. */
const secret = 'cheese';

let world: SharedWorld;
let application: TestApplication;
let service: Conversation;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

const here = () => ({ parameters: { conversationId: service.id } });
const at = (eventId: string) => ({ parameters: { conversationId: service.id, eventId } });
const text = (said: string) => ({ type: 'text' as const, text: said });

/** Sent by the service. @returns the event's id */
async function said(words: string, to?: string[]): Promise<string> {
  const { eventId } = await application.call<{ eventId: string }>(operations.sendMessage, {
    ...here(),
    body: { senderId: 'bot', content: text(words), ...(to && { to }) },
  });
  return eventId;
}

/** All that Tom and the service have to do with each other, by every operation that there is. @returns ids of all events */
async function confide(tom: TestUser, toms: Client): Promise<string[]> {
  const asked = await tom.call<{ eventId: string }>(operations.sendMessage, {
    ...here(),
    body: { content: text(`Where is the ${secret}?`), mentions: { everyone: true } },
  });
  await toms.sendCustom(service, 'wish', { wish: secret });
  await toms.call('ephemeral_event.send', {
    conversationId: service.id,
    name: 'look',
    data: { at: secret },
  });
  const recalled = await tom.call<{ eventId: string }>(operations.sendMessage, {
    ...here(),
    body: { content: text(`I stole the ${secret}`) },
  });
  const answered = await said(`The ${secret} is in the trap`, ['tom']);
  await application.call(operations.sendCustomEvent, {
    ...here(),
    body: { senderId: 'bot', name: 'map', data: { to: secret }, to: ['tom'] },
  });
  await application.call(operations.sendEphemeralEvent, {
    ...here(),
    body: { senderId: 'bot', name: 'smell', data: { of: secret }, to: ['tom'] },
  });
  await tom.call(operations.updateMessage, {
    ...at(asked.eventId),
    body: { content: text(`Where, please, is the ${secret}?`) },
  });
  await application.call(operations.updateMessage, {
    ...at(answered),
    body: { content: text(`The ${secret} was in the trap`) },
  });
  await tom.call(operations.recallMessage, at(recalled.eventId));
  const all = await application.history(service);
  return all.map(({ id }) => id);
}

/** Everything that this user can read by asking, as one text. */
async function readable(user: TestUser, ids: readonly string[]): Promise<string> {
  const client = await user.connect({ gateway: 1, resume: { [service.id]: 0 } });
  const query = { userId: user.id };
  const answers: unknown[] = [
    client.heard,
    await user.history(service),
    await user.history(service, 1),
    await client.listEvents(service, { order: 'descending' }),
    await user.call(operations.getConversation, here()),
    await user.call(operations.listConversations, { query: {} }),
    await user.call(operations.listUnread, { query: {} }),
    await world.call(operations.exportUser, { as: user, parameters: query }),
    await application.call(operations.listPushNotifications, { query }),
    await user.call(operations.listPresences, { query: { userIds: 'tom,jerry,spike' } }),
  ];
  for (const eventId of ids) answers.push((await user.event(service, eventId)).body);
  client.disconnect();
  return JSON.stringify(answers);
}

/** What a user hears who tries to change what is not its own. */
async function meddle(user: TestUser, ids: readonly string[]): Promise<string> {
  const answers: unknown[] = [];
  for (const id of ids) {
    answers.push((await user.update(service, id, 'mine now')).body);
    answers.push((await user.recall(service, id)).body);
    const receipts = requestOf(operations.getEventReceipts, { as: user, ...at(id) });
    answers.push((await world.rest(receipts)).body);
  }
  return JSON.stringify(answers);
}

test('what a user and a service say to each other nobody else gets to see, by whatever way', async () => {
  application = await world.application();
  const [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike', 'bot');
  service = await application.service({ name: 'Service' });
  const sent = await application.afterHook();
  const asked = await application.hook(() => ({}));
  // Spike is not subscribed: it may read as well.
  await application.add(service, tom, jerry);
  const toms = await tom.connect();
  const others = [await jerry.connect(), await jerry.connect({ gateway: 1 }), await spike.connect()];

  const ids = await confide(tom, toms);
  const announced = await said('Dinner is ready');
  // Behind the announcement, nothing of what was said before it is still to come.
  await eventually(() => {
    expect(others[0]!.events(service).map(({ id }) => id)).toEqual([announced]);
    expect(others[1]!.events(service).map(({ id }) => id)).toEqual([announced]);
    expect(toms.events(service).at(-1)).toMatchObject({ id: announced });
    expect(sent.bodies.at(-1)).toMatchObject({ event: { id: announced } });
  });
  await eventually(() => {
    expect(toms.heard.map(({ name }) => name)).toContain('ephemeral_event');
  });
  for (const client of others) {
    expect(JSON.stringify(client.heard)).not.toContain(secret);
    expect(client.heard.map(({ name }) => name)).not.toContain('ephemeral_event');
  }
  for (const user of [jerry, spike]) {
    expect(await readable(user, ids)).not.toContain(secret);
    const refused = await meddle(user, ids);
    expect(refused).not.toContain(secret);
    expect(refused).not.toContain('"eventId"');
  }
  expect(await readable(jerry, ids)).toContain('Dinner is ready');

  // Whom the service has to do with is nobody's business either: nobody is named to hooks but the users themselves.
  for (const { recipients, event } of asked.bodies)
    expect(recipients).toEqual(event.senderId === 'bot' && !isAnnouncement(event) ? ['tom'] : []);
  for (const { onlineRecipients, offlineRecipients, event } of sent.bodies) {
    expect(offlineRecipients).toEqual([]);
    expect(onlineRecipients).toEqual(event.senderId === 'bot' && event.id !== announced ? ['tom'] : []);
  }
  expect(await jerry.call(operations.getUnread, here())).toMatchObject({ unread: 1, mentions: 0 });
  expect(await jerry.call(operations.listPresences, { query: { userIds: 'tom' } })).toEqual({
    presences: [],
  });

  // Tom has all of it: the test would notice if it had looked in the wrong places.
  const own = await readable(tom, ids);
  for (const words of [`please, is the ${secret}`, `${secret} was in the trap`, `"wish":"${secret}"`])
    expect(own).toContain(words);
  expect(own).not.toContain(`I stole the ${secret}`);
  expect(toms.events(service).map(({ id }) => id)).toEqual([...ids, announced]);
});

test('when others write nobody sees by how active a service is', async () => {
  application = await world.application();
  const [tom, jerry] = await application.users('tom', 'jerry', 'bot');
  service = await application.service({ name: 'Service' });
  await application.add(service, tom, jerry);
  const group = await application.group([jerry]);
  const newest = async (user: TestUser): Promise<Conversation[]> => {
    const query = { order: 'active' as const };
    return (await user.call<{ conversations: Conversation[] }>(operations.listConversations, { query }))
      .conversations;
  };
  const activity = async (as: { call: TestUser['call'] }): Promise<number> =>
    (await as.call<Conversation>(operations.getConversation, here())).lastActivityAt;
  expect(await activity(jerry)).toBe(service.createdAt);

  await tom.call(operations.sendMessage, { ...here(), body: { content: text(secret) } });
  await said(secret, ['tom']);
  const [, answered] = await application.history(service);
  expect(await activity(tom)).toBe(answered!.timestamp);
  expect(await activity(application)).toBe(answered!.timestamp);
  expect(await activity(jerry)).toBe(service.createdAt);
  expect((await newest(jerry)).map(({ id }) => id)).toEqual([group.id, service.id]);
  expect((await newest(jerry))[1]!.lastActivityAt).toBe(service.createdAt);
  expect((await newest(tom))[0]!.lastActivityAt).toBe(answered!.timestamp);

  await said('Dinner is ready');
  const announced = (await application.history(service)).at(-1)!.timestamp;
  expect(await activity(jerry)).toBe(announced);
  expect((await newest(jerry)).map(({ id, lastActivityAt }) => [id, lastActivityAt])).toEqual([
    [service.id, announced],
    [group.id, expect.any(Number)],
  ]);
});

function isAnnouncement({ content }: { readonly content: { readonly type: string } }): boolean {
  return JSON.stringify(content).includes('Dinner');
}
