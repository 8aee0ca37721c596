import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import type { RestAnswer } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { readonly id: string };

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry]);
});

const text = (words: string) => ({ type: 'text', text: words }) as const;
const gone = { type: 'recalled' };

async function sent(words: string, from = tom): Promise<string> {
  const { body } = await from.send(group, words);
  return (body as { eventId: string }).eventId;
}

function refusal(code: string) {
  return { body: { code } };
}

describe('a recall', () => {
  const secret = 'Nobody should have read this';

  async function expectGone(eventId: string): Promise<void> {
    const resumed = await jerry.connect({ resume: {} });
    const ofJerry = [await jerry.history(group), resumed.events(group)];
    for (const events of ofJerry) {
      expect(events.find(({ id }) => id === eventId)).toMatchObject({ content: gone });
      expect(JSON.stringify(events)).not.toContain(secret);
    }
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { content: gone } });
    const rows = await world.database.sql(
      `SELECT FROM conversation.event JOIN conversation.conversation ON key = conversation_key
       WHERE conversation.id = $1 AND strpos(event::text, $2) > 0`,
      group.id,
      secret,
    );
    expect(rows).toHaveLength(0);
  }

  test('takes the content away, from the message and from its edits, and says so', async () => {
    const webhook = await application.webhook(undefined, { eventTypes: ['message.recalled'] });
    const client = await jerry.connect();
    const { body } = await tom.sendMessage(group, { content: text(secret), mentions: { everyone: true } });
    const { eventId } = body as { eventId: string };
    await tom.update(group, eventId, `${secret} at all`);
    const recalled = await tom.recall(group, eventId);
    expect(recalled).toMatchObject({ status: 200, body: { seq: 4 } });
    await eventually(() => {
      expect(client.events(group).at(-1)).toMatchObject({
        ...{ type: 'message.recalled', targetId: eventId, targetSeq: 2, senderId: 'tom' },
      });
    });
    await expectGone(eventId);
    const { timestamp } = recalled.body as { timestamp: number };
    const history = await tom.history(group);
    expect(history.slice(1)).toMatchObject([{ recalledAt: timestamp }, { content: gone }, { targetSeq: 2 }]);
    expect(history[1]).not.toHaveProperty('mentions');
    await eventually(() => {
      expect(webhook.received.map(({ body: { data } }) => data)).toEqual([history.at(-1)]);
    });
  });

  test('is answered the same when it is repeated, and nothing else can be done to the message', async () => {
    const eventId = await sent(secret);
    const client = await tom.connect();
    const question = { conversationId: group.id, eventId };
    const first = await client.call<{ ok: boolean; eventId: string }>('message.recall', question);
    expect(first.ok).toBe(true);
    expect(await client.call('message.recall', question)).toEqual(first);
    expect((await tom.recall(group, eventId)).body).toMatchObject({ eventId: first.eventId });
    expect(await tom.update(group, eventId, 'b')).toMatchObject(refusal('message_recalled'));
    expect((await tom.history(group)).map(({ type }) => type)).toEqual([
      ...['member.joined', 'message', 'message.recalled'],
    ]);
  });

  test('is not undone by what is answered again under a key', async () => {
    const hook = await application.hook(() => ({ content: text(secret) }));
    const { body } = await tom.send(group, 'a', { idempotencyKey: 'send' });
    const { eventId } = body as { eventId: string };
    expect(body).toMatchObject({ modified: { content: text(secret) } });
    const editHook = await application.on('messageUpdate', () => ({ content: text(secret) }));
    await tom.update(group, eventId, 'b', { idempotencyKey: 'edit' });
    await tom.recall(group, eventId);
    const modified = { hookIds: [hook.id] };
    const again = await tom.send(group, 'a', { idempotencyKey: 'send' });
    expect(again.body).toMatchObject({ eventId, modified });
    expect(again.body).not.toHaveProperty('modified.content');
    const edited = await tom.update(group, eventId, 'b', { idempotencyKey: 'edit' });
    expect(edited.body).toMatchObject({ modified: { hookIds: [editHook.id] } });
    expect(edited.body).not.toHaveProperty('modified.content');
  });

  test('is for the sender, and for whoever outranks it', async () => {
    const [owner, manager, other] = await application.users('owner', 'manager', 'other');
    group = await application.call(operations.createConversation, {
      body: {
        members: [
          { userId: 'owner', role: 'owner' },
          ...['manager', 'other'].map((userId) => ({ userId, role: 'manager' as const })),
          ...['tom', 'jerry'].map((userId) => ({ userId })),
        ],
      },
    });
    const recalling = async (from: TestUser, by: TestUser): Promise<RestAnswer> =>
      by.recall(group, await sent(secret, from));
    expect(await recalling(tom, jerry)).toMatchObject(refusal('insufficient_role'));
    expect(await recalling(tom, spike)).toMatchObject(refusal('not_a_member'));
    expect(await recalling(owner, manager)).toMatchObject(refusal('insufficient_role'));
    expect(await recalling(other, manager)).toMatchObject(refusal('insufficient_role'));
    for (const [from, by] of [
      [tom, manager],
      [manager, owner],
      [manager, manager],
      [owner, owner],
    ] as const) {
      expect(await recalling(from, by)).toMatchObject({ status: 200 });
    }
    const left = await sent(secret);
    await application.remove(group, tom);
    expect(await tom.recall(group, left)).toMatchObject(refusal('not_a_member'));
    expect(await manager.recall(group, left)).toMatchObject({ status: 200 });
    const ofOwner = await sent(secret, owner);
    const parameters = { conversationId: group.id, eventId: ofOwner };
    await application.call(operations.recallMessage, { parameters });
    expect(await owner.event(group, ofOwner)).toMatchObject({ body: { content: gone } });
  });

  test('wins over an edit at the same moment', async () => {
    const eventId = await sent(secret);
    const edits = Array.from({ length: 8 }, (_, turn) =>
      tom.update(group, eventId, `${secret} ${String(turn)}`),
    );
    const [recalled, ...answers] = await Promise.all([tom.recall(group, eventId), ...edits]);
    expect(recalled.status).toBe(200);
    for (const { status, body } of answers)
      expect(status === 200 ? 'edited before' : (body as { code: string }).code).toMatch(
        /^(edited before|message_recalled)$/,
      );
    await expectGone(eventId);
  });
});

describe('a recall of a custom event', () => {
  const secret = 'Nobody should have read this';

  async function waved(from = tom): Promise<string> {
    const { body } = await from.sendCustom(group, 'wave', { hand: secret });
    return (body as { eventId: string }).eventId;
  }

  test('takes its data away, and says so as of a message', async () => {
    const webhook = await application.webhook(undefined, { eventTypes: ['message.recalled'] });
    const hook = await application.on('messageUpdate', () => ({
      content: { type: 'json', json: { hand: secret } },
    }));
    const [client, sender] = await Promise.all([jerry.connect(), tom.connect()]);
    const eventId = await waved();
    const question = { conversationId: group.id, eventId };
    const first = await sender.call<{ timestamp: number }>('message.recall', question);
    expect(first).toMatchObject({ ok: true, seq: 3 });
    expect(await sender.call('message.recall', question)).toEqual(first);
    expect(hook.bodies).toMatchObject([
      {
        event: { id: eventId, seq: 2, type: 'custom:wave', senderId: 'tom', content: gone },
        ...{ recall: true, initiatorId: 'tom', recipients: ['jerry'] },
      },
    ]);
    await eventually(() => {
      expect(client.events(group).at(-1)).toMatchObject({
        ...{ type: 'message.recalled', targetId: eventId, targetSeq: 2, senderId: 'tom' },
      });
    });
    const resumed = await jerry.connect({ resume: {} });
    for (const events of [await jerry.history(group), resumed.events(group)]) {
      const recalled = events.find(({ id }) => id === eventId);
      expect(recalled).toMatchObject({ type: 'custom:wave', data: null, recalledAt: first.timestamp });
      expect(JSON.stringify(events)).not.toContain(secret);
    }
    const rows = await world.database.sql(
      `SELECT FROM conversation.event JOIN conversation.conversation ON key = conversation_key
       WHERE conversation.id = $1 AND strpos(event::text, $2) > 0`,
      ...[group.id, secret],
    );
    expect(rows).toHaveLength(0);
    const [, , said] = await tom.history(group);
    await eventually(() => {
      expect(webhook.received.map(({ body: { data } }) => data)).toEqual([said]);
    });
  });

  test('can be dropped by a hook, and then its data stays', async () => {
    await application.on('messageUpdate', () => ({ action: 'drop' }));
    const eventId = await waved();
    expect(await tom.recall(group, eventId)).toMatchObject({ status: 200, body: { dropped: true } });
    const { body } = await jerry.event(group, eventId);
    expect(body).toMatchObject({ data: { hand: secret } });
    expect(body).not.toHaveProperty('recalledAt');
  });

  test('is for the sender, a server, and whoever outranks the sender; of comings there is none', async () => {
    const eventId = await waved();
    expect(await jerry.recall(group, eventId)).toMatchObject(refusal('insufficient_role'));
    expect(await spike.recall(group, eventId)).toMatchObject(refusal('not_a_member'));
    expect(await tom.update(group, eventId, 'b')).toMatchObject(refusal('not_a_message'));
    const [joined] = await tom.history(group);
    const parameters = { conversationId: group.id, eventId: joined!.id };
    await expect(application.call(operations.recallMessage, { parameters })).rejects.toThrow(
      '409 not_a_message',
    );
    await application.call(operations.recallMessage, { parameters: { ...parameters, eventId } });
    expect((await jerry.event(group, eventId)).body).toMatchObject({ data: null });
    expect((await jerry.history(group)).at(-1)).toMatchObject({ targetId: eventId, senderId: null });
  });

  test('is not undone by what is answered again under a key', async () => {
    const hook = await application.hook(() => ({ content: { type: 'json', json: { hand: secret } } }));
    const { body } = await tom.sendCustom(group, 'wave', { hand: 'left' }, { idempotencyKey: 'send' });
    const { eventId } = body as { eventId: string };
    expect(body).toMatchObject({ modified: { data: { hand: secret } } });
    await tom.recall(group, eventId);
    const again = await tom.sendCustom(group, 'wave', { hand: 'left' }, { idempotencyKey: 'send' });
    expect(again.body).toMatchObject({ eventId, modified: { hookIds: [hook.id] } });
    expect(JSON.stringify(again.body)).not.toContain(secret);
  });
});
