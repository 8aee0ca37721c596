import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import type { TimelineEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { UnreadCount } from '#contracts/unread.js';
import { isVisible, nothingVisible, visibleRange, type Audience } from '#domain/timeline/visibility.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { historyOf } from '../harness/history.js';
import { refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let service: Conversation;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike', 'bot');
  service = await application.service();
});

const here = () => ({ parameters: { conversationId: service.id } });
const text = (said: string) => ({ type: 'text' as const, text: said });

function says(words: string, to?: string[], senderId = 'bot'): Promise<{ eventId: string; seq: number }> {
  return application.call(operations.sendMessage, {
    ...here(),
    body: { senderId, content: text(words), ...(to && { to }) },
  });
}

function asks(user: TestUser, words: string): Promise<{ eventId: string; seq: number }> {
  return user.call(operations.sendMessage, { ...here(), body: { content: text(words) } });
}

const seqsOf = (events: readonly TimelineEvent[]): number[] => events.map(({ seq }) => seq);

/** So many announcements behind what there is, as if they had been sent: event, views, head. */
async function prolong(count: number, reader: string): Promise<void> {
  const [found] = await world.database.sql(
    'SELECT key::text AS key FROM conversation.conversation WHERE application_id = $1 AND id = $2',
    application.id,
    service.id,
  );
  const key = String(found?.['key']);
  await world.database.sql(
    `WITH head AS (
       UPDATE conversation.conversation_head SET last_seq = last_seq + $2::int WHERE conversation_key = $1::bigint
       RETURNING last_seq - $2::int AS before
     ), stored AS (
       INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, audience, content_type, content, created_at)
       SELECT $1::bigint, before + number, uuidv7(), 'message', 'bot',
         CASE WHEN $3 = ':everyone' THEN 'everyone' ELSE 'listed' END::conversation.event_audience, 'text', '"more"', now()
       FROM head, generate_series(1, $2::int) AS number
     )
     INSERT INTO conversation.event_recipient (conversation_key, seq, user_id)
     SELECT $1::bigint, before + number, $3 FROM head, generate_series(1, $2::int) AS number`,
    key,
    String(count),
    reader,
  );
}

/** The same numbers in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

interface Told {
  readonly seq: number;
  readonly senderId: string;
  readonly audience: Audience;
}

/** Whatever happens in a service, with the audiences that it must have. @returns also the users' last stays */
async function happenings(seed: number): Promise<{ told: Told[]; stays: Map<string, Stay> }> {
  const pick = random(seed);
  const users = [tom, jerry, spike];
  const told: Told[] = [];
  const stays = new Map<string, Stay>();
  for (let step = 0; step < 60; step += 1) {
    const user = users[pick(users.length)]!;
    const lastSeq = told.at(-1)?.seq ?? 0;
    const stay = stays.get(user.id);
    const isIn = stay?.leftSeq === null;
    switch (pick(5)) {
      case 0: {
        const operation = isIn ? operations.leaveConversation : operations.joinConversation;
        await user.call(operation, { ...here(), body: {} });
        if (isIn) stays.set(user.id, { joinedSeq: stay.joinedSeq, leftSeq: lastSeq });
        else stays.set(user.id, { joinedSeq: lastSeq + 1, leftSeq: null });
        break;
      }
      case 1:
      case 2: {
        const { seq } = await asks(user, 'what?');
        told.push({ seq, senderId: user.id, audience: { kind: 'listed', userIds: [user.id] } });
        break;
      }
      case 3: {
        const to = users.filter(() => pick(2) === 0).map(({ id }) => id);
        const named = to.length === 0 ? [user.id] : to;
        const { seq } = await says('that', named);
        told.push({ seq, senderId: 'bot', audience: { kind: 'listed', userIds: named } });
        break;
      }
      default: {
        // Now and then in the name of a user, who sees what it is said to have sent.
        const senderId = pick(4) === 0 ? user.id : 'bot';
        const { seq } = await says('all', undefined, senderId);
        told.push({ seq, senderId, audience: { kind: 'everyone' } });
      }
    }
  }
  return { told, stays };
}

interface Stay {
  readonly joinedSeq: number;
  readonly leftSeq: number | null;
}

describe('the history of a service', () => {
  test.each([
    [1, 'start'],
    [2, 'joined'],
    [3, 'start'],
    [4, 'joined'],
  ] as const)(
    'is what the rule of visibility says, whoever reads, in either order, by pages of any size (%d, from %s)',
    async (seed, historyVisibility) => {
      service = await application.service({ historyVisibility });
      const { told, stays } = await happenings(seed);
      for (const user of [tom, jerry, spike]) {
        const stay = stays.get(user.id);
        const range = stay?.leftSeq === null ? visibleRange(stay, historyVisibility) : nothingVisible;
        const expected = told.filter((event) => isVisible(event, user.id, range)).map(({ seq }) => seq);
        for (const limit of [1, 7, 100]) expect(seqsOf(await user.history(service, limit))).toEqual(expected);
        const descending = { order: 'descending', limit: 5 } as const;
        expect(seqsOf(await historyOf(world, user, service, descending))).toEqual(expected.toReversed());
        // A server sees it with the user's eyes.
        const asServer = { userId: user.id, limit: 3 };
        expect(seqsOf(await application.history(service, asServer))).toEqual(expected);
        expect(await user.history(service, 100, 'custom:*')).toEqual([]);
      }
      expect(seqsOf(await application.history(service))).toEqual(told.map(({ seq }) => seq));
    },
  );

  test('has for servers what users have said to it, edits and all, and nothing else', async () => {
    await application.add(service, jerry);
    const first = await asks(tom, 'one');
    await says('all');
    await says('to Tom', ['tom']);
    const second = await asks(jerry, 'two');
    await tom.update(service, first.eventId, 'one, please');
    await says('for Tom', ['tom'], 'tom');
    const inbox = await application.history(service, { view: 'inbox', limit: 2 });
    expect(inbox.map(({ seq, type }) => [seq, type])).toEqual([
      [first.seq, 'message'],
      [second.seq, 'message'],
      [5, 'message.updated'],
    ]);
    const group = await application.group([tom]);
    expect(await refusal(application.history(group, { view: 'inbox' }))).toBe('wrong_conversation_kind');
    expect(await refusal(historyOf(world, tom, service, { view: 'inbox' }))).toBe('forbidden');
    expect(await refusal(historyOf(world, tom, service, { userId: 'jerry' }))).toBe('invalid_request');
    const ofOne = { view: 'inbox', userId: 'jerry' } as const;
    expect(await refusal(application.history(service, ofOne))).toBe('invalid_request');
  });

  test('of others makes no page empty', async () => {
    await prolong(3_000, 'jerry');
    const { eventId } = await says('hello', ['tom']);
    await prolong(3_000, 'jerry');
    const page = await tom.call<{ events: TimelineEvent[]; nextCursor: string | null }>(
      operations.listEvents,
      {
        ...here(),
        query: { limit: 10 },
      },
    );
    expect(page).toMatchObject({ events: [{ id: eventId }], nextCursor: null });
  });
});

describe('what is unread in a service', () => {
  const unread = (user: TestUser): Promise<UnreadCount> => user.call(operations.getUnread, here());

  test('is what is for the user, after it has subscribed', async () => {
    await says('before');
    await application.add(service, tom, jerry);
    await asks(tom, 'mine');
    await says('all');
    await says('Tom', ['tom', 'jerry']);
    await says('Jerry', ['jerry']);
    const recalled = await says('oops', ['tom']);
    await application.call(operations.recallMessage, {
      parameters: { conversationId: service.id, eventId: recalled.eventId },
    });
    expect(await unread(tom)).toMatchObject({ unread: 2, isCapped: false });
    expect(await unread(jerry)).toMatchObject({ unread: 3 });
    expect(await refusal(unread(spike))).toBe('not_a_member');
    const { conversations } = await tom.call<{ conversations: UnreadCount[] }>(operations.listUnread, {
      query: {},
    });
    expect(conversations).toMatchObject([{ conversationId: service.id, unread: 2 }]);
    await tom.acknowledge(service, { read: 4 });
    expect(await unread(tom)).toMatchObject({ unread: 0, readSeq: 4 });
  });

  test('does not count what others have there, however much, and says when it has stopped counting', async () => {
    await application.add(service, tom);
    await prolong(limits.unreadEvents + 500, 'jerry');
    await says('Tom', ['tom']);
    expect(await unread(tom)).toMatchObject({ unread: 1, isCapped: false });
    await prolong(limits.unreadEvents, ':everyone');
    expect(await unread(tom)).toMatchObject({ unread: limits.unreadEvents, isCapped: true });
  });
});

describe('a client that comes back', () => {
  test('gets what is for it, subscribed or not, and nothing that is for others', async () => {
    await application.add(service, tom);
    const first = await says('all');
    const positions = { [service.id]: first.seq };
    await says('Tom', ['tom']);
    await says('Jerry', ['jerry']);
    const own = await asks(jerry, 'mine');
    await says('all again');
    const toms = await tom.connect({ resume: positions });
    const jerrys = await jerry.connect({ resume: positions });
    expect(seqsOf(toms.events(service))).toEqual([2, 5]);
    expect(seqsOf(jerrys.events(service))).toEqual([3, own.seq]);
    // It goes on where it was brought up to.
    expect(jerrys.ready.conversations).toMatchObject([
      { conversationId: service.id, state: 'left', seq: 5, tooFarBehind: false },
    ]);
    await says('both', ['tom', 'jerry']);
    const again = await jerry.connect({ resume: { [service.id]: 5 } });
    expect(seqsOf(again.events(service))).toEqual([6]);
  });

  test('is not too far behind by what others have there, but by what is for it', async () => {
    await application.add(service, tom, jerry);
    await says('all');
    await prolong(limits.resumeEvents + 10, 'jerry');
    await says('all');
    const [toms, jerrys] = [
      await tom.connect({ resume: { [service.id]: 0 } }),
      await jerry.connect({ resume: { [service.id]: 0 } }),
    ];
    expect(toms.ready.conversations).toMatchObject([{ tooFarBehind: false }]);
    expect(seqsOf(toms.events(service))).toEqual([1, limits.resumeEvents + 12]);
    expect(jerrys.ready.conversations).toMatchObject([{ tooFarBehind: true, seq: limits.resumeEvents + 12 }]);
    expect(jerrys.events(service)).toEqual([]);
    const live = await says('now');
    await eventually(() => {
      expect(seqsOf(jerrys.events(service))).toEqual([live.seq]);
    });
  });
});
