import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { busErrors } from '#contracts/errors.js';
import { findStreamEvent, readEventRange, republishEvents, type StreamEvent } from '#contracts/stream.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { silent } from '../harness/durable-world.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let connection: NatsConnection;
let bus: Bus;
let application: TestApplication;
let tom: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
  connection = await NatsConnection.open(world.nats.url, 'event-ranges-test', silent);
  bus = new Bus(connection, busErrors, silent);
});
afterAll(async () => {
  await connection.close();
  await world.close();
});
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
});

type Range = Partial<z.input<typeof readEventRange.question>>;

const everything = { from: 0, to: 4_000_000_000_000 };

/** Everything in a range, answer by answer. */
async function eventsIn(range: Range): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  let cursor: string | null = null;
  do {
    const question = { applicationId: application.id, conversationId: null, ...everything, ...range, cursor };
    const answer: z.output<typeof readEventRange.answer> = await bus.ask(readEventRange, question);
    events.push(...answer.events);
    cursor = answer.cursor;
  } while (cursor !== null);
  return events;
}

/** Conversations whose only events are messages of these times, in that order; the first was created last. */
async function timelines(times: readonly (readonly number[])[]): Promise<string[]> {
  const ids = times.map(() => randomUUID());
  for (const [index, id] of ids.entries())
    await world.database.sql(
      `WITH made AS (
        INSERT INTO conversation.conversation (application_id, id, number, kind, first_seq)
        SELECT $1, $2, 1000 - $3::int, 'group', 2 RETURNING key
      ), headed AS (
        INSERT INTO conversation.conversation_head (conversation_key, last_seq, last_timestamp)
        SELECT key, 1 + cardinality($4::float8[]),
          'epoch'::timestamptz + coalesce(($4::float8[])[cardinality($4::float8[])], 0) * interval '1 millisecond'
        FROM made
      )
      INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
      SELECT key, 1 + place, gen_random_uuid(), 'message', 'tom', 'text', '"' || place || '"',
        'epoch'::timestamptz + time * interval '1 millisecond'
      FROM made, unnest($4::float8[]) WITH ORDINALITY AS said(time, place)`,
      application.id,
      id,
      String(index),
      `{${times[index]!.join(',')}}`,
    );
  return ids;
}

const seen = (events: readonly StreamEvent[]) =>
  events.map(({ event: { conversationId, seq, timestamp } }) => ({ conversationId, seq, timestamp }));

describe('events by their time', () => {
  test('are those of the range, conversation by conversation, in order, wherever it begins and ends', async () => {
    const times = [
      Array.from({ length: 500 }, (_, index) => 1_000 + 7 * index),
      [1_500, 1_500, 1_500, 2_000, 2_000],
      [],
      [4_000],
      Array.from({ length: 33 }, (_, index) => 900 + index * index),
    ];
    const ids = await timelines(times);
    const all = ids
      .toReversed()
      .flatMap((conversationId, index) =>
        times.at(-1 - index)!.map((timestamp, place) => ({ conversationId, seq: place + 2, timestamp })),
      );
    const time = fastCheck.oneof(
      fastCheck.integer({ min: 0, max: 5_000 }),
      fastCheck.constantFrom(0, 999, 1_000, 1_499, 1_500, 1_501, 2_000, 2_001, 4_000, 4_001, 4_493, 4_494),
    );
    await fastCheck.assert(
      fastCheck.asyncProperty(
        time,
        time,
        fastCheck.option(fastCheck.constantFrom(...ids)),
        async (from, to, only) => {
          const found = seen(await eventsIn({ from, to, conversationId: only }));
          expect(found).toEqual(
            all.filter(
              ({ conversationId, timestamp }) =>
                timestamp >= from && timestamp < to && (only === null || conversationId === only),
            ),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('are found in hundreds of conversations, and large ones come in several answers', async () => {
    const ids = await timelines(Array.from({ length: 230 }, (_, index) => [5_000 + index]));
    expect(
      seen(await eventsIn({ to: 10_000 }))
        .map(({ conversationId }) => conversationId)
        .sort(),
    ).toEqual(ids.toSorted());
    expect(seen(await eventsIn({ from: 5_225, to: 10_000 }))).toHaveLength(5);
    const group = await application.group([tom]);
    const large = 'x'.repeat(60_000);
    for (let count = 0; count < 6; count += 1) expect((await tom.send(group, large)).status).toBe(201);
    const question = { applicationId: application.id, conversationId: group.id, ...everything, cursor: null };
    const { events, cursor } = await bus.ask(readEventRange, question);
    expect(events.length).toBeLessThan(6);
    expect(cursor).not.toBeNull();
    const messages = (await eventsIn({ conversationId: group.id })).filter(
      ({ event }) => event.type === 'message',
    );
    expect(messages).toHaveLength(6);
  });

  test('are as the timeline has them now, for whomever they are, without what has expired or been deleted', async () => {
    const [jerry, spike] = await application.users('jerry', 'spike');
    const [group, ended] = [await application.group([tom, jerry, spike]), await application.group([tom])];
    const { body: first } = await tom.send(group, 'Holy crap!');
    const { body: second } = await tom.send(group, 'Never mind');
    const hook = await application.hook(() => ({ recipients: ['jerry'] }));
    await tom.send(group, 'psst');
    await application.deleteHook(hook);
    const { body: fleeting } = await tom.send(group, 'gone soon');
    await world.database.sql(
      'UPDATE conversation.event SET expires_at = now() WHERE id = $1::uuid',
      (fleeting as { eventId: string }).eventId,
    );
    await tom.update(group, (first as { eventId: string }).eventId, 'Holy **!');
    await tom.recall(group, (second as { eventId: string }).eventId);
    await tom.send(ended, 'anybody?');
    await application.call(operations.deleteConversation, {
      parameters: { conversationId: ended.id },
    });
    const found = await eventsIn({});
    expect(
      found.map(({ event }) => ('content' in event ? [event.type, event.content] : [event.type])),
    ).toEqual([
      ['member.joined'],
      ['message', { type: 'text', text: 'Holy **!' }],
      ['message', { type: 'recalled' }],
      ['message', { type: 'text', text: 'psst' }],
      ['message.updated', { type: 'text', text: 'Holy **!' }],
      ['message.recalled'],
    ]);
    expect(found[3]).toMatchObject({
      applicationId: application.id,
      conversationKind: 'group',
      audience: { kind: 'listed', userIds: ['jerry'] },
      origin: { address: null },
    });
  });

  test('are of this application alone, also one by its id', async () => {
    const group = await application.group([tom]);
    const { body } = await tom.send(group, 'mine');
    const { eventId } = body as { eventId: string };
    const find = async (applicationId: string, id: string) =>
      (await bus.ask(findStreamEvent, { applicationId, eventId: id })).event;
    expect(await find(application.id, eventId)).toMatchObject({ event: { id: eventId, type: 'message' } });
    expect(await find(application.id, randomUUID())).toBeNull();
    const other = await world.application();
    expect(await find(other.id, eventId)).toBeNull();
    expect(await eventsIn({ applicationId: other.id })).toEqual([]);
    expect(await eventsIn({ applicationId: other.id, conversationId: group.id })).toEqual([]);
  });
});

test('a question about events that the stream has lost is answered by the conversation app, and is no event', async () => {
  const gap = { lane: '900000000000', fromSeq: 3, toSeq: 5 };
  expect(await bus.ask(republishEvents, { gaps: [gap] })).toEqual({ gone: [gap] });
});
