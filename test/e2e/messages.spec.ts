import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
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
async function sent(words: string, from = tom): Promise<string> {
  const { body } = await from.send(group, words);
  return (body as { eventId: string }).eventId;
}

function refusal(code: string) {
  return { body: { code } };
}

const typesHeard = (client: Client): string[] => client.events(group).map(({ type }) => type);

describe('an edit', () => {
  test('is told to everybody who could see the message, and is what everybody sees from then on', async () => {
    const clients = [await tom.connect(), await jerry.connect()];
    const targetId = await sent('Holy crap!');
    const { status, body } = await tom.update(group, targetId, 'Holy cow!');
    expect(status).toBe(200);
    const { eventId, seq, timestamp } = body as { eventId: string; seq: number; timestamp: number };
    expect(body).toEqual({ eventId, seq: 3, timestamp, modified: null });
    const about = { targetId, targetSeq: 2, senderId: 'tom' };
    const updated = {
      ...{ id: eventId, conversationId: group.id, seq, timestamp, type: 'message.updated' },
      ...{ ...about, content: text('Holy cow!') },
    };
    for (const client of clients) {
      await eventually(() => {
        expect(client.events(group).at(-1)).toEqual(updated);
      });
    }
    const [, message, event] = await jerry.history(group);
    expect(message).toMatchObject({ id: targetId, content: text('Holy cow!'), editedAt: timestamp });
    expect(event).toEqual(updated);
    expect(await jerry.event(group, targetId)).toMatchObject({ body: message as object });
  });

  test('works over a socket, of any content, and reaches webhooks', async () => {
    const webhook = await application.webhook(undefined, { eventTypes: ['message.updated'] });
    const client = await tom.connect();
    const { eventId } = stored(await client.send(group, 'words'));
    const binary = { type: 'binary', data: Buffer.from([0, 1, 2, 255]).toString('base64') } as const;
    stored(await client.call('message.update', { conversationId: group.id, eventId, content: binary }));
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { content: binary } });
    const json = { type: 'json', json: { a: '\u0000' } };
    stored(await client.call('message.update', { conversationId: group.id, eventId, content: json }));
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { content: json } });
    await eventually(() => {
      expect(webhook.received.map(({ body }) => body.data)).toMatchObject([
        { type: 'message.updated', targetId: eventId, content: binary },
        { type: 'message.updated', targetId: eventId, content: json },
      ]);
    });
  });

  test('leaves mentions as they are unless it names others', async () => {
    const { body } = await tom.sendMessage(group, { content: text('a'), mentions: { userIds: ['jerry'] } });
    const { eventId } = body as { eventId: string };
    await tom.update(group, eventId, 'b');
    const mentions = { userIds: ['jerry'], everyone: false };
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { mentions } });
    const others = { userIds: [], everyone: true };
    await tom.update(group, eventId, 'c', { mentions: others });
    const history = await jerry.history(group);
    expect(history.slice(1)).toMatchObject([{ mentions: others }, { mentions }, { mentions: others }]);
  });

  test('is made once under its key', async () => {
    const eventId = await sent('a');
    const first = await tom.update(group, eventId, 'b', { idempotencyKey: 'once' });
    await tom.update(group, eventId, 'c');
    expect(await tom.update(group, eventId, 'b', { idempotencyKey: 'once' })).toMatchObject({
      status: 200,
      body: first.body as object,
    });
    expect(await tom.event(group, eventId)).toMatchObject({ body: { content: text('c') } });
    expect(await tom.update(group, eventId, 'd', { idempotencyKey: 'once' })).toMatchObject(
      refusal('idempotency_key_reused'),
    );
  });

  test('by a server names nobody, and the sender hears of it', async () => {
    const client = await tom.connect();
    const eventId = await sent('a');
    await application.call(operations.updateMessage, {
      parameters: { conversationId: group.id, eventId },
      body: { content: text('b') },
    });
    await eventually(() => {
      expect(client.events(group).at(-1)).toMatchObject({ senderId: null, content: text('b') });
    });
  });

  test('is for the sender alone, while a member and not silenced, of what is there', async () => {
    const eventId = await sent('a');
    expect(await jerry.update(group, eventId, 'b')).toMatchObject(refusal('not_the_sender'));
    expect(await spike.update(group, eventId, 'b')).toMatchObject(refusal('not_a_member'));
    const { body } = await tom.sendCustom(group, 'wave', {});
    const custom = (body as { eventId: string }).eventId;
    expect(await tom.update(group, custom, 'b')).toMatchObject(refusal('not_a_message'));
    await world.database.sql(`UPDATE conversation.event SET expires_at = now() WHERE id = $1::uuid`, eventId);
    expect(await tom.update(group, eventId, 'b')).toMatchObject(refusal('message_expired'));
    const another = await sent('c');
    await application.remove(group, tom);
    expect(await tom.update(group, another, 'b')).toMatchObject(refusal('not_a_member'));
    expect((await jerry.history(group)).map(({ type }) => type)).not.toContain('message.updated');
  });

  test('is refused of what its sender cannot see any more', async () => {
    const closed = await application.group([tom, jerry], { historyVisibility: 'joined' });
    const { body } = await jerry.send(closed, 'before');
    await application.remove(closed, tom);
    await application.add(closed, tom);
    const { eventId } = body as { eventId: string };
    expect(await tom.update(closed, eventId, 'b')).toMatchObject(refusal('event_not_found'));
    expect(await tom.recall(closed, eventId)).toMatchObject(refusal('event_not_found'));
  });
});

test('whoever is blocked by the only other member cannot edit either', async () => {
  const eventId = await sent('before');
  await application.call(operations.blockUser, {
    parameters: { userId: jerry.id, blockedUserId: tom.id },
  });
  expect(await tom.update(group, eventId, 'after')).toMatchObject(refusal('sender_blocked'));
});

describe('an edit and the hooks', () => {
  test('passes them as a message does: rewritten, refused, or dropped', async () => {
    const eventId = await sent('a');
    const hook = await application.on('messageUpdate', ({ text: words }) => {
      if (words.includes('an unacceptable edit')) return { action: 'reject', code: 7, detail: 'No' };
      if (words.includes('drop')) return { action: 'drop' };
      return { content: text('made better') };
    });
    expect(await tom.update(group, eventId, 'an unacceptable edit', { idempotencyKey: 'r' })).toMatchObject({
      status: 403,
      body: { code: 'rejected_by_hook', hook: { code: 7, detail: 'No' } },
    });
    for (const time of ['first', 'again']) {
      const answer = await tom.update(group, eventId, 'drop', { idempotencyKey: 'd' });
      expect([time, answer.status, answer.body]).toEqual([time, 200, { dropped: true }]);
    }
    expect(await tom.update(group, eventId, 'an unacceptable edit', { idempotencyKey: 'r' })).toMatchObject({
      status: 403,
    });
    expect(hook.received).toHaveLength(2);
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { content: text('a') } });
    const first = await tom.update(group, eventId, 'b', { idempotencyKey: 'b' });
    const modified = { hookIds: [hook.id], content: text('made better') };
    expect(first.body).toMatchObject({ modified });
    expect((await tom.update(group, eventId, 'b', { idempotencyKey: 'b' })).body).toEqual(first.body);
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { content: text('made better') } });
    expect(hook.received.at(-1)?.body).toMatchObject({
      hook: 'messageUpdate',
      initiatorId: 'tom',
      event: { id: eventId, type: 'message', senderId: 'tom', content: text('b') },
      recall: false,
      recipients: ['jerry'],
    });
    expect(await world.database.tablesWith('an unacceptable edit')).toEqual([]);
  });

  test('with fewer recipients it is told to these alone, and everybody sees the new text', async () => {
    await application.add(group, spike);
    const clients = { jerry: await jerry.connect(), spike: await spike.connect() };
    const eventId = await sent('a');
    await application.on('messageUpdate', () => ({ recipients: ['spike', 'stranger'] }));
    const { body } = await tom.update(group, eventId, 'b');
    expect(body).toMatchObject({ modified: { recipients: ['spike'] } });
    await eventually(() => {
      expect(typesHeard(clients.spike)).toEqual(['message', 'message.updated']);
    });
    expect((await jerry.history(group)).map(({ type }) => type)).not.toContain('message.updated');
    expect(await jerry.event(group, eventId)).toMatchObject({ body: { content: text('b') } });
    expect(typesHeard(clients.jerry)).toEqual(['message']);
  });

  test('nobody who came after the message is listed for its edit, where history begins at the joining', async () => {
    const late = await application.group([tom, jerry], { historyVisibility: 'joined' });
    const { eventId } = (await tom.send(late, 'before Spike')).body as { eventId: string };
    await application.add(late, spike);
    const server = await application.on('messageUpdate', () => ({ recipients: ['spike'] }));
    expect((await tom.update(late, eventId, 'edited before Spike')).status).toBe(200);
    expect(server.received.map(({ body }) => body.recipients)).toEqual([['jerry']]);
    expect((await spike.history(late)).map(({ type }) => type)).toEqual(['member.joined']);
  });

  test('is told to those alone whom the message was for, members or not', async () => {
    await application.add(group, spike);
    const outsider = await application.user('outsider');
    const hook = await application.hook(() => ({ recipients: ['jerry', 'outsider'] }));
    const eventId = await sent('a');
    await application.deleteHook(hook);
    const clients = await Promise.all([jerry, outsider, spike].map((user) => user.connect()));
    await tom.update(group, eventId, 'b');
    await application.call(operations.recallMessage, { parameters: { conversationId: group.id, eventId } });
    for (const client of clients.slice(0, 2)) {
      await eventually(() => {
        expect(typesHeard(client)).toEqual(['message.updated', 'message.recalled']);
      });
    }
    expect(await spike.history(group)).toHaveLength(2);
    expect(typesHeard(clients[2]!)).toEqual([]);
    // A server has recalled it: whoever sent it is told.
    expect((await tom.history(group)).at(-1)).toMatchObject({ type: 'message.recalled', senderId: null });
  });

  test('a message that is recalled while the hooks look at its edit stays recalled', async () => {
    const eventId = await sent('a');
    const asked = Promise.withResolvers<undefined>();
    const decided = Promise.withResolvers<undefined>();
    await application.on('messageUpdate', async ({ body: { recall } }) => {
      if (recall) return {};
      asked.resolve(undefined);
      await decided.promise;
      return {};
    });
    const edit = tom.update(group, eventId, 'an edit too late');
    await asked.promise;
    expect(await tom.recall(group, eventId)).toMatchObject({ status: 200 });
    decided.resolve(undefined);
    expect(await edit).toMatchObject(refusal('message_recalled'));
    expect(await world.database.tablesWith('an edit too late')).toEqual([]);
  });
});
