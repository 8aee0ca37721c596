import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let group: { readonly id: string };

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
  group = await application.group([tom, jerry]);
});

const text = (words: string) => ({ type: 'text', text: words }) as const;
const secret = 'This will self-destruct';

async function sendExpiring(): Promise<string> {
  const { body } = await tom.sendMessage(group, { content: text(secret), expiresIn: 60 });
  return (body as { eventId: string }).eventId;
}

/** As if its time had passed. */
async function expire(eventId: string): Promise<void> {
  await world.database.sql(
    `UPDATE conversation.event SET expires_at = now() - interval '1 second' WHERE id = $1::uuid`,
    eventId,
  );
}

describe('a message that expires', () => {
  test('says when, counted from its storing', async () => {
    const spectator = await jerry.connect();
    const client = await tom.connect();
    const { timestamp } = stored(
      await client.call('message.send', { conversationId: group.id, content: text(secret), expiresIn: 60 }),
    );
    const [heard] = await eventually(() => {
      const events = spectator.events(group);
      expect(events).toHaveLength(1);
      return events;
    });
    const { expiresAt } = heard as { expiresAt: number };
    expect(Math.abs(expiresAt - timestamp - 60_000)).toBeLessThan(10_000);
    expect((await jerry.history(group)).at(-1)).toEqual(heard);
  });

  test('is sent once under its key, though its time has gone on', async () => {
    const message = { content: text(secret), expiresIn: 60 };
    const first = await tom.sendMessage(group, message, 'once');
    const again = await tom.sendMessage(group, message, 'once');
    expect(again).toMatchObject({ status: 201, body: first.body as object });
    const other = await tom.sendMessage(group, { ...message, expiresIn: 61 }, 'once');
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
  });

  test.each([0, -1, 1.5, '60', null, limits.messageLifetimeMaximumSeconds + 1])(
    'does not take %p as its life',
    async (expiresIn) => {
      const body = { content: text(secret), expiresIn: expiresIn as number };
      expect(await tom.sendMessage(group, body)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ pointer: '/expiresIn' }] },
      });
    },
  );

  test('is seen by nobody afterwards: not in a history, not by its id, not by resuming', async () => {
    await tom.send(group, 'before');
    const eventId = await sendExpiring();
    await tom.send(group, 'after');
    expect(await jerry.event(group, eventId)).toMatchObject({ status: 200 });
    await expire(eventId);
    const client = await jerry.connect({ resume: { [group.id]: 1 } });
    await eventually(() => {
      expect(client.events(group).map(({ seq }) => seq)).toEqual([2, 4]);
    });
    for (const user of [tom, jerry]) {
      expect((await user.history(group)).map(({ seq }) => seq)).toEqual([1, 2, 4]);
      expect(await user.event(group, eventId)).toMatchObject({
        status: 404,
        body: { code: 'event_not_found' },
      });
    }
    const { events } = await application.call<{ events: { seq: number }[] }>(operations.listEvents, {
      parameters: { conversationId: group.id },
    });
    expect(events.map(({ seq }) => seq)).toEqual([4, 2, 1]);
  });

  test('holds up nobody who has missed it and what came after', async () => {
    const client = await jerry.connect();
    // Stored by a replica that died before it told anybody; expired when the gateway finds out.
    await world.database.sql(
      `WITH head AS (
         UPDATE conversation.conversation_head SET last_seq = last_seq + 3
         FROM conversation.conversation
         WHERE conversation.key = conversation_key AND conversation.id = $1
         RETURNING conversation_key, last_seq
       )
       INSERT INTO conversation.event
         (conversation_key, seq, id, type, sender_id, content_type, content, created_at, expires_at)
       SELECT conversation_key, last_seq - back, uuidv7(), 'message', 'tom', 'text', '"missed"', now(),
         CASE WHEN back = 1 THEN now() END
       FROM head, generate_series(0, 2) AS back`,
      group.id,
    );
    await eventually(() => {
      expect(client.events(group).map(({ seq }) => seq)).toEqual([2, 4]);
    });
    stored(await (await tom.connect()).send(group, 'live'));
    await eventually(() => {
      expect(client.events(group).map(({ seq }) => seq)).toEqual([2, 4, 5]);
    });
  });

  test('loses its content', async () => {
    const words = 'Burn after reading';
    const { body } = await tom.sendMessage(group, {
      content: text(words),
      mentions: { userIds: ['jerry'] },
      expiresIn: 60,
    });
    const { eventId } = body as { eventId: string };
    await expire(eventId);
    await eventually(async () => {
      const rows = await world.database.rowsWith(words);
      expect(rows.map(({ table }) => table)).not.toContain('conversation.event');
    });
    const [row] = await world.database.sql(
      'SELECT content_type, content, mentions FROM conversation.event WHERE id = $1::uuid',
      eventId,
    );
    expect(row).toEqual({ content_type: 'recalled', content: null, mentions: null });
  });
});

describe('mentions', () => {
  const mentions = { userIds: ['jerry', 'a stranger'], everyone: true };

  test('are part of the event, sent by REST or by a socket', async () => {
    const client = await jerry.connect();
    await tom.sendMessage(group, { content: text('one'), mentions });
    const { eventId } = stored(
      await client.call('message.send', {
        conversationId: group.id,
        content: text('two'),
        mentions: { userIds: ['tom'] },
      }),
    );
    expect(await tom.event(group, eventId)).toMatchObject({
      body: { mentions: { userIds: ['tom'], everyone: false } },
    });
    const [, first, second] = await tom.history(group);
    expect(first).toMatchObject({ mentions });
    await eventually(() => {
      expect(client.events(group)).toEqual([first, second]);
    });
  });

  test('survive hooks that rewrite the content', async () => {
    await application.hook(() => ({ content: text('rewritten') }));
    await tom.sendMessage(group, { content: text('one'), mentions });
    expect((await jerry.history(group)).at(-1)).toMatchObject({ content: text('rewritten'), mentions });
  });

  test.each([
    [{ userIds: ['a:b'] }, '/mentions/userIds/0'],
    [{ userIds: Array.from({ length: limits.mentionsPerMessage + 1 }, String) }, '/mentions/userIds'],
    [{ everyone: 'yes' }, '/mentions/everyone'],
    [['jerry'], '/mentions'],
  ])('that are wrong are refused (%#)', async (wrong, pointer) => {
    const body = { content: text('one'), mentions: wrong as object };
    expect(await tom.sendMessage(group, body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer }] },
    });
  });
});

describe('a history by types', () => {
  beforeEach(async () => {
    await tom.send(group, 'one');
    await tom.sendCustom(group, 'wave', {});
    await tom.sendCustom(group, 'nod', {});
    await tom.send(group, 'two');
  });

  test.each([
    ['message', [2, 5]],
    ['member.joined,message', [1, 2, 5]],
    ['custom:*', [3, 4]],
    ['custom:nod,member.left', [4]],
    ['message.recalled', []],
  ])('%s', async (types, seqs) => {
    expect((await jerry.history(group, 100, types)).map(({ seq }) => seq)).toEqual(seqs);
    // In portions, over what is left out.
    expect((await jerry.history(group, 1, types)).map(({ seq }) => seq)).toEqual(seqs);
    const client = await jerry.connect();
    const answer = await client.call<{ events: { seq: number }[] }>('events.list', {
      conversationId: group.id,
      types: types.split(','),
    });
    expect(answer.events.map(({ seq }) => seq)).toEqual(seqs.toReversed());
  });

  test.each(['', 'messages', 'custom:', 'custom:a b', 'message,', 'message;custom:*'])(
    'refuses %p',
    async (types) => {
      await expect(jerry.history(group, 100, types)).rejects.toMatchObject({
        status: 400,
        problem: { code: 'invalid_request' },
      });
    },
  );
});
