import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { RestProblem } from '../harness/rest.js';
import { World } from '../harness/world.js';
import { VonageApplication } from '../interop/vonage-application.js';

let world: World;
let vonage: VonageApplication;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  vonage = await VonageApplication.of(world);
  ({ application } = vonage);
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

/** "seq type by-whom target" */
function lines(events: readonly TimelineEvent[]): string[] {
  return events.map((event) => {
    const target = 'targetSeq' in event ? ` ${String(event.targetSeq)}` : '';
    return `${String(event.seq)} ${event.type} ${event.senderId ?? '-'}${target}`;
  });
}

/** Those of them that are receipts. */
async function receipts(as: TestUser, group: { readonly id: string }): Promise<string[]> {
  return lines(await as.history(group)).filter((line) => line.includes('receipt.'));
}

async function watermarks(conversation: { readonly id: string }, { id }: TestUser): Promise<number[]> {
  const { receipts: all } = await application.call<{
    receipts: { userId: string; deliveredSeq: number; readSeq: number }[];
  }>(operations.listReceipts, { parameters: { conversationId: conversation.id } });
  return all.flatMap(({ userId, deliveredSeq, readSeq }) => (userId === id ? [deliveredSeq, readSeq] : []));
}

/** Of one event, which only some protocols have: over one of them. */
function acknowledgement(
  { id: conversationId }: { readonly id: string },
  what: 'seen' | 'delivered',
  seq: number,
): [method: string, path: string, body: object] {
  const body = { type: `text:${what}`, body: { event_id: seq } };
  return ['POST', `/v0.3/conversations/${conversationId}/events`, body];
}

async function acknowledgeOne(
  user: TestUser,
  group: { readonly id: string },
  what: 'seen' | 'delivered',
  seq: number,
  gateway = 0,
): Promise<number> {
  const [method, path, body] = acknowledgement(group, what, seq);
  return (await vonage.ask<{ id: number }>(method, path, { body, as: vonage.token(user.id), gateway })).id;
}

function refusalOfOne(
  user: TestUser,
  group: { readonly id: string },
  what: 'seen' | 'delivered',
  seq: number,
): Promise<[status: number, code: unknown]> {
  const [method, path, body] = acknowledgement(group, what, seq);
  return vonage.refusal(method, path, { body, as: vonage.token(user.id) });
}

/** Who is said to have seen an event, by a reader. */
async function seenBy(reader: TestUser, { id }: { readonly id: string }, seq: number): Promise<string[]> {
  const { state } = await vonage.ask<{ state: { seen_by: Record<string, string> } }>(
    'GET',
    `/v0.3/conversations/${id}/events/${String(seq)}`,
    { as: vonage.token(reader.id) },
  );
  return Object.keys(state.seen_by);
}

describe('a conversation whose receipts are events', () => {
  test('has one for each step of a member, which everybody hears in order', async () => {
    const group = await application.group([tom, jerry, spike], { receiptsAsEvents: true });
    expect(group.receiptsAsEvents).toBe(true);
    const [sender, reader, other] = await Promise.all([tom.connect(), jerry.connect(), spike.connect()]);
    stored(await sender.send(group, 'one'));
    stored(await sender.send(group, 'two'));
    expect(await reader.acknowledge(group, { delivered: 3 })).toMatchObject({ deliveredSeq: 3, readSeq: 1 });
    expect(await reader.acknowledge(group, { read: 2 })).toMatchObject({ deliveredSeq: 3, readSeq: 2 });
    expect(await reader.acknowledge(group, { read: 3 })).toMatchObject({ deliveredSeq: 3, readSeq: 3 });
    const expected = [
      '2 message tom',
      '3 message tom',
      '4 receipt.delivered jerry 3',
      '5 receipt.read jerry 2',
      '6 receipt.read jerry 3',
    ];
    await eventually(() => {
      for (const client of [sender, reader, other]) expect(lines(client.events(group))).toEqual(expected);
    });
    expect(lines(await tom.history(group)).slice(1)).toEqual(expected);
  });

  test('says nothing twice, nor of what the member has sent itself', async () => {
    const group = await application.group([tom, jerry], { receiptsAsEvents: true });
    const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
    stored(await sender.send(group, 'one'));
    await Promise.all([1, 2, 3].map(() => reader.acknowledge(group, { read: 2 })));
    await sender.acknowledge(group, { read: 2 });
    expect(lines(await tom.history(group)).slice(1)).toEqual([
      '2 message tom',
      '3 receipt.delivered jerry 2',
      '4 receipt.read jerry 2',
    ]);
    expect(await unread(jerry, group)).toBe(0);
  });

  test('counts no receipt as unread', async () => {
    const group = await application.group([tom, jerry], { receiptsAsEvents: true });
    const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
    stored(await sender.send(group, 'one'));
    await reader.acknowledge(group, { read: 2 });
    expect(await unread(tom, group)).toBe(0);
  });

  test('is a group or a temporary conversation', async () => {
    for (const kind of ['room', 'system'] as const) {
      await expect(
        application.call(operations.createConversation, { body: { kind, receiptsAsEvents: true } }),
      ).rejects.toThrow(RestProblem);
    }
  });
});

describe('what is acknowledged', () => {
  test('is said once, whoever of its sessions say it how often, at whichever replicas', async () => {
    const group = await application.group([tom, jerry, spike], { receiptsAsEvents: true });
    const [sender, ...readers] = await Promise.all([
      tom.connect(),
      jerry.connect(),
      jerry.connect({ gateway: 1 }),
    ]);
    stored(await sender.send(group, 'one'));
    stored(await sender.send(group, 'two'));
    const answers = await Promise.all([
      ...[0, 1, 0, 1].map((gateway) => acknowledgeOne(jerry, group, 'seen', 3, gateway)),
      ...[0, 1].map((gateway) => acknowledgeOne(spike, group, 'delivered', 3, gateway)),
    ]);
    await Promise.all(readers.map((reader) => reader.acknowledge(group, { read: 3 })));
    expect(new Set(answers).size).toBe(2);
    const said = await receipts(tom, group);
    expect(said.map((line) => line.slice(2)).sort()).toEqual([
      'receipt.delivered spike 3',
      'receipt.read jerry 3',
    ]);
    expect(said.map((line) => Number(line.split(' ')[0]))).toEqual([4, 5]);
    expect(await watermarks(group, jerry)).toEqual([3, 3]);
    expect(await watermarks(group, spike)).toEqual([3, 1]);
  });

  test('natively at both replicas at once is one event for each step', async () => {
    const group = await application.group([tom, jerry, spike], { receiptsAsEvents: true });
    const clients = await Promise.all(
      [jerry, spike].flatMap((user) => [user.connect(), user.connect({ gateway: 1 })]),
    );
    for (const text of ['one', 'two', 'three'])
      await tom.sendMessage(group, { content: { type: 'text', text } });
    const answers = await Promise.all(
      clients.flatMap((client) => [
        client.acknowledge(group, { read: 4 }),
        client.acknowledge(group, { read: 4 }),
      ]),
    );
    for (const answer of answers) expect(answer).toMatchObject({ deliveredSeq: 4, readSeq: 4 });
    expect((await receipts(tom, group)).map((line) => line.slice(2)).sort()).toEqual([
      'receipt.delivered jerry 4',
      'receipt.delivered spike 4',
      'receipt.read jerry 4',
      'receipt.read spike 4',
    ]);
  });

  test('one by one makes receipts events, moves the watermark forward alone, and is heard as progress too', async () => {
    const group = await application.group([tom, jerry]);
    const sender = await tom.connect();
    stored(await sender.send(group, 'one'));
    stored(await sender.send(group, 'two'));
    const newer = await acknowledgeOne(jerry, group, 'seen', 3);
    expect(await acknowledgeOne(jerry, group, 'seen', 2)).toBe(newer + 1);
    expect(await acknowledgeOne(jerry, group, 'seen', 3)).toBe(newer);
    expect(await receipts(tom, group)).toEqual(['4 receipt.read jerry 3', '5 receipt.read jerry 2']);
    expect(await watermarks(group, jerry)).toEqual([3, 3]);
    await eventually(() => {
      expect(sender.receipts(group)).toEqual([[{ userId: 'jerry', deliveredSeq: 3, readSeq: 3 }]]);
    });
    expect(
      await tom.call(operations.getConversation, { parameters: { conversationId: group.id } }),
    ).toMatchObject({ receiptsAsEvents: true });
  });

  test('was said by somebody else, and can be seen', async () => {
    const group = await application.group([tom, jerry], { historyVisibility: 'joined' });
    const sender = await tom.connect();
    stored(await sender.send(group, 'one'));
    await application.add(group, spike);
    const notFound = [404, 'event:error:not-found'];
    // Its own, a coming, what came before it, nothing at all.
    expect(await refusalOfOne(tom, group, 'seen', 2)).toEqual(notFound);
    expect(await refusalOfOne(jerry, group, 'seen', 1)).toEqual(notFound);
    expect(await refusalOfOne(spike, group, 'seen', 2)).toEqual(notFound);
    expect(await refusalOfOne(jerry, group, 'seen', 9)).toEqual(notFound);
    const receipt = await acknowledgeOne(jerry, group, 'seen', 2);
    expect(await refusalOfOne(tom, group, 'seen', receipt)).toEqual(notFound);
    expect(await receipts(spike, group)).toEqual([]);
    await application.remove(group, jerry);
    expect((await refusalOfOne(jerry, group, 'delivered', 2))[0]).toBe(403);
    expect(await application.history(group)).toHaveLength(receipt + 1);
  });

  test('of what a hook has narrowed is for its sender to know', async () => {
    const group = await application.group([tom, jerry, spike], { receiptsAsEvents: true });
    const hook = await application.hook(() => ({ recipients: ['jerry', 'spike'] }));
    await application.add(group, await application.user('tyke'));
    const [sender, other] = await Promise.all([tom.connect(), spike.connect()]);
    const { seq } = stored(await sender.send(group, 'for two'));
    await application.deleteHook(hook);
    await acknowledgeOne(jerry, group, 'seen', seq);
    const reader = await jerry.connect();
    await reader.acknowledge(group, { delivered: seq });
    const said = `${String(seq + 1)} receipt.read jerry ${String(seq)}`;
    expect(await receipts(tom, group)).toEqual([said]);
    expect(await receipts(jerry, group)).toEqual([said]);
    expect(await receipts(spike, group)).toEqual([]);
    expect(await seenBy(tom, group, seq)).toHaveLength(1);
    expect(await seenBy(jerry, group, seq)).toHaveLength(1);
    expect(await seenBy(spike, group, seq)).toEqual([]);
    stored(await sender.send(group, 'for all'));
    await eventually(() => {
      expect(lines(other.events(group)).at(-1)).toBe(`${String(seq + 2)} message tom`);
    });
    expect(lines(other.events(group)).filter((line) => line.includes('receipt.'))).toEqual([]);
  });

  test('may be recalled already, and is not found when it has expired or is kept no more', async () => {
    const group = await application.group([tom, jerry], { receiptsAsEvents: true });
    const sender = await tom.connect();
    const [recalled, expired, forgotten] = [
      stored(await sender.send(group, 'one')),
      stored(await sender.send(group, 'two')),
      stored(await sender.send(group, 'three')),
    ];
    await tom.call(operations.recallMessage, {
      parameters: { conversationId: group.id, eventId: recalled.eventId },
    });
    expect(await acknowledgeOne(jerry, group, 'seen', recalled.seq)).toBe(6);
    await world.database.sql(
      'UPDATE conversation.event SET expires_at = now() WHERE id = $1::uuid',
      expired.eventId,
    );
    expect(await refusalOfOne(jerry, group, 'seen', expired.seq)).toEqual([404, 'event:error:not-found']);
    await world.database.sql(
      'UPDATE conversation.conversation SET first_seq = 5 WHERE id = $1 AND application_id = $2',
      ...[group.id, application.id],
    );
    expect(await refusalOfOne(jerry, group, 'seen', forgotten.seq)).toEqual([404, 'event:error:not-found']);
    const reader = await jerry.connect();
    expect(await reader.acknowledge(group, { read: 5 })).toMatchObject({ readSeq: 5 });
    expect(await receipts(tom, group)).toEqual(['6 receipt.read jerry 2']);
  });

  test('in an inactive conversation moves the watermark without a word', async () => {
    const group = await application.group([tom, jerry], { receiptsAsEvents: true });
    const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
    const { seq } = stored(await sender.send(group, 'one'));
    await application.call(operations.updateConversation, {
      parameters: { conversationId: group.id },
      body: { state: 'inactive' },
    });
    expect(await reader.acknowledge(group, { read: seq })).toMatchObject({ readSeq: seq });
    expect((await refusalOfOne(jerry, group, 'seen', seq))[0]).toBeGreaterThanOrEqual(400);
    expect(await receipts(tom, group)).toEqual([]);
    await application.call(operations.deleteConversation, { parameters: { conversationId: group.id } });
    expect(await reader.acknowledge(group, { read: seq })).toMatchObject({
      error: { code: 'conversation_not_found' },
    });
  });
});

test('a deleted user has said its receipts under its pseudonym', async () => {
  const group = await application.group([tom, jerry], { receiptsAsEvents: true });
  const sender = await tom.connect();
  const { seq } = stored(await sender.send(group, 'one'));
  await acknowledgeOne(jerry, group, 'seen', seq);
  await application.call(operations.deleteUser, { parameters: { userId: 'jerry' } });
  await eventually(async () => {
    const [said] = await receipts(tom, group);
    expect(said).toMatch(/^3 receipt\.read deleted-\S+ 2$/);
  });
  expect(await seenBy(tom, group, seq)).toHaveLength(1);
});

test('webhooks get receipts by their types', async () => {
  const webhook = await application.webhook(() => ({}), { eventTypes: ['receipt.*'] });
  const group = await application.group([tom, jerry], { receiptsAsEvents: true });
  const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
  const { eventId } = stored(await sender.send(group, 'one'));
  await reader.acknowledge(group, { read: 2 });
  await eventually(() => {
    expect(webhook.bodies).toEqual([
      expect.objectContaining({ type: 'receipt.delivered' }),
      expect.objectContaining({
        type: 'receipt.read',
        data: expect.objectContaining({ senderId: 'jerry', targetId: eventId, targetSeq: 2 }) as object,
      }),
    ]);
  });
});

test('devices and messageSent hooks hear of no receipt', async () => {
  const told = await application.afterHook();
  const group = await application.group([tom, jerry], { receiptsAsEvents: true });
  const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
  stored(await sender.send(group, 'one'));
  await reader.acknowledge(group, { read: 2 });
  stored(await sender.send(group, 'two'));
  await eventually(() => {
    expect(told.bodies.map(({ event }) => event.seq)).toEqual([2, 5]);
  });
});

async function unread(as: TestUser, { id: conversationId }: { readonly id: string }): Promise<number> {
  const { unread: count } = await world.call<{ unread: number }>(operations.getUnread, {
    as,
    parameters: { conversationId },
  });
  return count;
}
