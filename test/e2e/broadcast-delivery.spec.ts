import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { broadcast, cursorOf, deleteBroadcast, expireBroadcast, textsOf } from '../harness/broadcasts.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let service: Conversation;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry', 'news');
  service = await application.service();
});

async function hears(client: Client, ...texts: string[]): Promise<void> {
  await eventually(() => {
    expect(textsOf(client)).toEqual(texts);
  });
}

/** Was there, so that nothing is new to it, and has gone again. */
async function comesAndGoes(user: TestUser): Promise<void> {
  const client = await user.connect();
  client.disconnect();
}

/** The session is over, and what it was given is written down. */
async function leaves(user: TestUser, client: Client, number: number): Promise<void> {
  client.disconnect();
  await eventually(async () => {
    expect(await cursorOf(world.database, user)).toBe(number);
  });
}

/** As the conversation app leaves it that dies after the commit: nobody is told. */
async function commitUntold(said: string): Promise<void> {
  await world.database.sql(
    `WITH head AS (
       UPDATE conversation.conversation_head SET last_seq = last_seq + 1
       WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE application_id = $1 AND id = $2)
       RETURNING conversation_key, last_seq
     ), event AS (
       INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, audience, content_type, content, created_at)
       SELECT conversation_key, last_seq, uuidv7(), 'message', 'news', 'broadcast', 'text', $3, now() FROM head
     ), counted AS (
       INSERT INTO conversation.broadcast_counter AS counter VALUES ($1, 1)
       ON CONFLICT (application_id) DO UPDATE SET last_number = counter.last_number + 1 RETURNING last_number
     )
     INSERT INTO conversation.broadcast (application_id, number, conversation_key, seq, valid_till)
     SELECT $1, last_number, conversation_key, last_seq, now() + interval '1 day' FROM head, counted`,
    application.id,
    service.id,
    JSON.stringify(said),
  );
}

describe('who is connected', () => {
  test('gets a broadcast at once, at whichever gateway, subscribed to nothing', async () => {
    const clients = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    const { eventId, seq } = await broadcast(application, service, 'to all');
    for (const client of clients) {
      await hears(client, 'to all');
      expect(client.events()[0]).toMatchObject({
        id: eventId,
        conversationId: service.id,
        seq,
        senderId: 'news',
      });
    }
  });

  test('gets them in the order of their numbers, each once, however many services send them at once', async () => {
    const other = await application.service();
    const clients = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    const sent = await Promise.all(
      Array.from({ length: 20 }, async (_unused, index) => {
        const said = String(index);
        const { number } = await broadcast(application, index % 2 === 0 ? service : other, said, {
          gateway: index % 2,
        });
        return { said, number };
      }),
    );
    const inOrder = sent.sort((one, two) => one.number - two.number).map(({ said }) => said);
    for (const client of clients) await hears(client, ...inOrder);
  });

  test('gets what nobody told of, since its sender died after the commit', async () => {
    const client = await tom.connect();
    await commitUntold('untold');
    await hears(client, 'untold');
    await broadcast(application, service, 'told');
    await hears(client, 'untold', 'told');
  });

  test('hears that it was edited or recalled', async () => {
    const client = await tom.connect();
    const { eventId, seq } = await broadcast(application, service, 'to al');
    await hears(client, 'to al');
    const parameters = { conversationId: service.id, eventId };
    const content = { type: 'text', text: 'to all' } as const;
    await application.call(operations.updateMessage, { parameters, body: { content } });
    await application.call(operations.recallMessage, { parameters });
    await eventually(() => {
      expect(client.events(service).slice(1)).toMatchObject([
        { type: 'message.updated', targetSeq: seq, content },
        { type: 'message.recalled', targetSeq: seq },
      ]);
    });
  });

  test('hears nothing of other applications', async () => {
    const other = await world.application();
    const foreigner = await other.user('tom');
    await other.user('news');
    const [client, theirs] = [await tom.connect(), await foreigner.connect()];
    await broadcast(other, await other.service(), 'theirs');
    await broadcast(application, service, 'ours');
    await hears(theirs, 'theirs');
    await hears(client, 'ours');
  });
});

describe('who was away', () => {
  beforeEach(async () => {
    await comesAndGoes(tom);
  });

  test('gets at the next login what it has missed, in order, before session.ready; and not again', async () => {
    for (const said of ['one', 'two']) await broadcast(application, service, said);
    const { number } = await broadcast(application, service, 'three');
    const client = await tom.connect();
    // Nothing is waited for: connecting has waited.
    expect(textsOf(client)).toEqual(['one', 'two', 'three']);
    await leaves(tom, client, number);
    const again = await tom.connect({ gateway: 1 });
    expect(textsOf(again)).toEqual([]);
    await broadcast(application, service, 'four');
    await hears(again, 'four');
  });

  test('gets it as it is then; what has expired, was recalled or deleted, or whose service was, not at all', async () => {
    const doomed = await application.service();
    const parameters = { conversationId: service.id };
    const edited = await broadcast(application, service, 'old');
    const expired = await broadcast(application, service, 'expired');
    const recalled = await broadcast(application, service, 'recalled');
    const deleted = await broadcast(application, service, 'deleted');
    await broadcast(application, doomed, 'doomed');
    const content = { type: 'text', text: 'new' } as const;
    const at = (eventId: string) => ({ parameters: { ...parameters, eventId } });
    await application.call(operations.updateMessage, { ...at(edited.eventId), body: { content } });
    await expireBroadcast(world.database, application, expired);
    await application.call(operations.recallMessage, at(recalled.eventId));
    await deleteBroadcast(application, deleted);
    await application.call(operations.deleteConversation, { parameters: { conversationId: doomed.id } });
    const client = await tom.connect();
    expect(textsOf(client)).toEqual(['new']);
    await leaves(tom, client, 5);
  });

  test('gets the newest hundred', async () => {
    const { broadcastsAtLogin: most } = limits;
    for (let index = 0; index < most + 5; index += 1) await commitUntold(String(index));
    const client = await tom.connect();
    expect(textsOf(client)).toEqual(Array.from({ length: most }, (_unused, index) => String(index + 5)));
  });

  test('gets it on each of its devices', async () => {
    await broadcast(application, service, 'to all');
    const clients = await Promise.all([tom.connect(), tom.connect({ gateway: 1 })]);
    for (const client of clients) expect(textsOf(client)).toEqual(['to all']);
  });

  test('loses and doubles nothing that is sent while it logs in', async () => {
    const { number: first } = await broadcast(application, service, 'first');
    const texts = Array.from({ length: 12 }, (_unused, index) => String(index));
    const sending = Promise.all(texts.map((said) => broadcast(application, service, said)));
    const client = await tom.connect();
    const sent = await sending;
    const inOrder = texts.toSorted((one, two) => sent[Number(one)]!.number - sent[Number(two)]!.number);
    await hears(client, 'first', ...inOrder);
    await leaves(tom, client, first + texts.length);
  });

  test('is given it again when the connection was lost before anything showed that it had it', async () => {
    await broadcast(application, service, 'to all');
    const client = await tom.connect();
    expect(textsOf(client)).toEqual(['to all']);
    client.vanish();
    await eventually(async () => {
      expect(await application.sessions(tom)).toEqual([]);
    });
    const again = await tom.connect();
    expect(textsOf(again)).toEqual(['to all']);
    expect(again.events()[0]!.id).toBe(client.events()[0]!.id);
  });
});

describe('who has subscribed to the service', () => {
  const say = (said: string): Promise<unknown> =>
    application.call(operations.sendMessage, {
      parameters: { conversationId: service.id },
      body: { senderId: 'news', content: { type: 'text', text: said } },
    });

  beforeEach(async () => {
    const parameters = { conversationId: service.id };
    await tom.call(operations.joinConversation, { parameters, body: {} });
  });

  test('gets it once, between the announcements where it stands', async () => {
    const clients = [await tom.connect(), await tom.connect({ gateway: 1 })];
    await say('one');
    await broadcast(application, service, 'two', { gateway: 1 });
    await say('three');
    for (const client of clients) await hears(client, 'one', 'two', 'three');
  });

  test('gets what it has missed once, whether it resumes or not', async () => {
    const client = await tom.connect({ resume: {} });
    await say('one');
    await hears(client, 'one');
    client.vanish();
    await eventually(async () => {
      expect(await application.sessions(tom)).toEqual([]);
    });
    await broadcast(application, service, 'two');
    await say('three');
    const resumed = await tom.connect({ resume: client.positions() });
    await hears(resumed, 'two', 'three');
    // Of what is no broadcast, live events alone are for who does not resume.
    const anew = await tom.connect({ gateway: 1 });
    await hears(anew, 'two');
  });

  test('goes on getting them when it has unsubscribed', async () => {
    const client = await tom.connect();
    await broadcast(application, service, 'one');
    await hears(client, 'one');
    await tom.call(operations.leaveConversation, { parameters: { conversationId: service.id }, body: {} });
    for (const said of ['two', 'three']) await broadcast(application, service, said);
    await hears(client, 'one', 'two', 'three');
  });
});

describe('who logs in for the first time', () => {
  test('gets the last one that has not expired', async () => {
    for (const said of ['one', 'two', 'three']) await broadcast(application, service, said);
    await expireBroadcast(world.database, application, await broadcast(application, service, 'expired'));
    const recalled = await broadcast(application, service, 'recalled');
    const parameters = { conversationId: service.id, eventId: recalled.eventId };
    await application.call(operations.recallMessage, { parameters });
    const client = await tom.connect();
    expect(textsOf(client)).toEqual(['three']);
    await leaves(tom, client, recalled.number);
    expect(textsOf(await tom.connect())).toEqual([]);
  });

  test('gets nothing when there is none, and whatever comes after', async () => {
    await expireBroadcast(world.database, application, await broadcast(application, service, 'expired'));
    const client = await tom.connect();
    expect(textsOf(client)).toEqual([]);
    await broadcast(application, service, 'new');
    await hears(client, 'new');
  });
});
