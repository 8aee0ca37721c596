import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import { limits } from '#contracts/limits.js';
import type { Modification, TimelineEvent } from '#contracts/event.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
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
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike', 'bot');
});

const at = ({ id: conversationId }: Conversation) => ({ parameters: { conversationId } });

describe('a service is created', () => {
  test('by a server: open to subscribe to, and to be read by every user, without its members', async () => {
    const service = await application.service({ name: 'News' });
    expect(service).toMatchObject({ kind: 'system', joinRule: 'open', createdBy: null, lastSeq: 0 });
    const read = await world.call(operations.getConversation, { as: tom, ...at(service) });
    expect(read).toMatchObject({ id: service.id, name: 'News', members: [] });
  });

  test('by no user', async () => {
    expect(await refusal(tom.create({ kind: 'system' }))).toBe('forbidden');
  });

  test.each([
    ['members', { members: [{ userId: 'tom' }] }],
    ['an owner', { ownerId: 'tom' }],
    ['an end', { expiresIn: 60 }],
    ['the set of its members as its key', { unique: true }],
  ])('without %s', async (_name, options) => {
    expect(await refusal(application.service(options))).toBe('invalid_request');
  });

  test('once per unique key', async () => {
    const [one, again] = [
      await application.service({ uniqueKey: 'news' }),
      await application.service({ uniqueKey: 'news' }),
    ];
    expect(again.id).toBe(one.id);
  });
});

test('a change of a service is an event that concerns nobody who is not subscribed', async () => {
  const service = await application.service();
  await application.call(operations.updateConversation, { ...at(service), body: { name: 'News' } });
  expect(await application.history(service)).toMatchObject([
    { type: 'conversation.updated', senderId: null },
  ]);
  expect(await tom.history(service)).toEqual([]);
});

interface Stored {
  readonly eventId: string;
  readonly seq: number;
  readonly modified: Modification | null;
}

/** What the service says. */
function says(service: Conversation, words: string, to?: string[], idempotencyKey?: string): Promise<Stored> {
  const content = { type: 'text' as const, text: words };
  return application.call(operations.sendMessage, {
    ...at(service),
    body: { senderId: 'bot', content, ...(to && { to }) },
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
}

function asks(service: Conversation, user: TestUser, words: string): Promise<Stored> {
  return user.call(operations.sendMessage, {
    ...at(service),
    body: { content: { type: 'text', text: words } },
  });
}

const textsOf = (events: readonly TimelineEvent[]): string[] =>
  events.map((event) =>
    event.type === 'message' && event.content.type === 'text' ? event.content.text : event.type,
  );
const heardBy = (client: Client, service: Conversation): string[] => textsOf(client.events(service));

describe('what is said in a service', () => {
  test('by a user goes to the service: its own sessions hear it, subscribed or not, and webhooks', async () => {
    const service = await application.service();
    const webhook = await application.webhook();
    await application.add(service, tom);
    const [toms, jerrys] = [await tom.connect({ gateway: 1 }), await jerry.connect()];
    await asks(service, tom, 'subscribed');
    await asks(service, jerry, 'not subscribed');
    await eventually(() => {
      expect(heardBy(toms, service)).toEqual(['subscribed']);
      expect(heardBy(jerrys, service)).toEqual(['not subscribed']);
      expect(webhook.bodies.map(({ data }) => data.senderId)).toEqual(['tom', 'jerry']);
    });
    expect(textsOf(await jerry.history(service))).toEqual(['not subscribed']);
    expect(textsOf(await application.history(service))).toEqual(['subscribed', 'not subscribed']);
  });

  test('to some users is one event, which they hear, subscribed or not', async () => {
    const service = await application.service();
    await application.add(service, tom, spike);
    const [toms, jerrys, spikes] = [await tom.connect(), await jerry.connect(), await spike.connect()];
    const { eventId, seq } = await says(service, 'you two', ['tom', 'jerry', 'tom']);
    await says(service, 'all');
    await eventually(() => {
      expect(heardBy(toms, service)).toEqual(['you two', 'all']);
      expect(heardBy(jerrys, service)).toEqual(['you two']);
      expect(heardBy(spikes, service)).toEqual(['all']);
    });
    expect(jerrys.events(service)).toMatchObject([{ id: eventId, seq }]);
    expect(toms.events(service)[0]).toEqual(jerrys.events(service)[0]);
    expect(textsOf(await jerry.history(service))).toEqual(['you two']);
    expect(textsOf(await spike.history(service))).toEqual(['all']);
  });

  test('to whom is part of the request', async () => {
    const service = await application.service();
    const first = await says(service, 'hello', ['tom'], 'one');
    expect(await says(service, 'hello', ['tom'], 'one')).toEqual(first);
    expect(await refusal(says(service, 'hello', ['jerry'], 'one'))).toBe('idempotency_key_reused');
    expect(await refusal(says(service, 'hello', undefined, 'one'))).toBe('idempotency_key_reused');
  });

  test('is addressed by servers alone, in services alone, to users that there are, and not to too many', async () => {
    const service = await application.service();
    const group = await application.group([tom, jerry]);
    const content = { type: 'text' as const, text: 'psst' };
    const addressed = (to: string[]) =>
      tom.call(operations.sendMessage, { ...at(service), body: { content, to } });
    expect(await refusal(addressed(['jerry']))).toBe('forbidden');
    expect(await refusal(says(group, 'psst', ['jerry']))).toBe('wrong_conversation_kind');
    expect(await refusal(says(service, 'psst', ['jerry', 'nobody']))).toBe('user_not_found');
    const many = Array.from({ length: limits.recipientsPerMessage + 1 }, () => 'tom');
    expect(await refusal(says(service, 'psst', many))).toBe('invalid_request');
    expect(await refusal(says(service, 'psst', []))).toBe('invalid_request');
    expect(await application.history(service)).toEqual([]);
  });

  test('not by whom the service is to be without, even if it was blocked while a hook was asked', async () => {
    const service = await application.service();
    const blocks = (userId: string) =>
      application.call(operations.blockInConversation, { ...at(service), body: { userId } });
    await blocks('tom');
    expect(await refusal(asks(service, tom, 'me again'))).toBe('user_blocked');
    await application.hook(async () => {
      await blocks('jerry');
      return {};
    });
    expect(await refusal(asks(service, jerry, 'still here'))).toBe('user_blocked');
    expect(await application.history(service)).toEqual([]);
    // A server may speak for anybody.
    await says(service, 'farewell', ['jerry']);
  });

  test('is edited and recalled by its sender and by servers, and heard of by those whom it was for', async () => {
    const service = await application.service();
    await application.add(service, tom);
    const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    const own = await asks(service, jerry, 'ples');
    const answer = await says(service, 'no', ['tom', 'jerry']);
    await jerry.update(service, own.eventId, 'please');
    const content = { type: 'text' as const, text: 'yes' };
    const parameters = { conversationId: service.id, eventId: answer.eventId };
    await application.call(operations.updateMessage, { parameters, body: { content } });
    expect((await tom.update(service, answer.eventId, 'never')).body).toMatchObject({
      code: 'not_the_sender',
    });
    expect((await tom.recall(service, own.eventId)).body).toMatchObject({ code: 'event_not_found' });
    await jerry.recall(service, own.eventId);
    await eventually(() => {
      expect(heardBy(jerrys, service)).toEqual([
        ...['ples', 'no', 'message.updated', 'message.updated', 'message.recalled'],
      ]);
      expect(heardBy(toms, service)).toEqual(['no', 'message.updated']);
    });
    expect(await tom.history(service)).toMatchObject([
      { content: { text: 'yes' } },
      { content: { text: 'yes' } },
    ]);
  });
});

describe('hooks of what is said in a service', () => {
  test('that repeat whom it is for leave it to them', async () => {
    const service = await application.service();
    await application.add(service, tom, jerry);
    const hook = await application.hook(({ body }) => ({
      recipients: body.recipients,
      content: body.event.content,
    }));
    const { modified } = await says(service, 'for Tom', ['tom']);
    await asks(service, tom, 'for the service');
    await says(service, 'for all');
    expect(modified).toBeNull();
    expect(hook.bodies.map(({ recipients, conversation }) => [recipients, conversation.kind])).toEqual([
      [['tom'], 'system'],
      [[], 'system'],
      [[], 'system'],
    ]);
    expect(textsOf(await jerry.history(service))).toEqual(['for all']);
    expect(textsOf(await tom.history(service))).toEqual(['for Tom', 'for the service', 'for all']);
  });

  test('have it heard by fewer, or by others; who has asked sees what it has asked', async () => {
    const service = await application.service();
    await application.add(service, tom, jerry);
    const jerrys = await jerry.connect();
    await application.hook(({ text }) => (text.includes('Jerry') ? { recipients: ['jerry'] } : {}));
    expect((await says(service, 'Jerry instead of Tom', ['tom'])).modified).toMatchObject({
      recipients: ['jerry'],
    });
    expect((await asks(service, tom, 'can Jerry help?')).modified).toMatchObject({ recipients: ['jerry'] });
    await says(service, 'all of Jerry');
    await eventually(() => {
      expect(heardBy(jerrys, service)).toEqual(['Jerry instead of Tom', 'can Jerry help?', 'all of Jerry']);
    });
    expect(textsOf(await tom.history(service))).toEqual(['can Jerry help?']);
    expect(textsOf(await spike.history(service))).toEqual([]);
  });
});

describe('what a service says without storing it', () => {
  test('is heard by those whom it is for, on all their sessions, or by its subscribers', async () => {
    const service = await application.service();
    await application.add(service, tom);
    const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    const signal = (name: string, to?: string[]) =>
      application.call(operations.sendEphemeralEvent, {
        ...at(service),
        body: { senderId: 'bot', name, data: {}, ...(to && { to }) },
      });
    await signal('for_jerry', ['jerry']);
    await signal('for_all');
    await signal('for_both', ['tom', 'jerry']);
    const names = ({ heard }: Client) =>
      heard.flatMap(({ name, payload }) =>
        name === 'ephemeral_event' ? [(payload as { name: string }).name] : [],
      );
    await eventually(() => {
      expect(names(toms).toSorted()).toEqual(['for_all', 'for_both']);
      expect(names(jerrys).toSorted()).toEqual(['for_both', 'for_jerry']);
    });
  });
});

test('who is away is notified of what is for it by name, and not of what is said to all', async () => {
  const service = await application.service();
  await application.add(service, tom, jerry);
  await says(service, 'all');
  await asks(service, tom, 'me');
  await says(service, 'Jerry', ['jerry']);
  await application.call(operations.muteConversation, {
    parameters: { conversationId: service.id, userId: 'tom' },
  });
  await says(service, 'both', ['tom', 'jerry', 'spike']);
  await eventually(async () => {
    const { notifications } = await application.call<{
      notifications: { userId: string; payload: { body: string } }[];
    }>(operations.listPushNotifications);
    expect(notifications.map(({ userId, payload }) => `${userId}: ${payload.body}`).toSorted()).toEqual([
      'jerry: Jerry',
      'jerry: both',
      'spike: both',
    ]);
  });
});
