import { expect, test } from '@jest/globals';
import { readBroadcasts, type LiveBroadcast } from '#contracts/broadcasts.js';
import type { BusCall } from '#platform/bus/bus.js';
import { SessionBroadcasts } from './session-broadcasts.js';

function numbered(number: number): LiveBroadcast {
  const event = {
    id: '01940b5e-7d2c-7000-8000-000000000001',
    conversationId: 'news',
    seq: number,
    timestamp: 0,
    type: 'message' as const,
    senderId: 'editor',
    content: { type: 'text' as const, text: String(number) },
  };
  return { number, validTill: 1, live: { conversationKey: '1', audience: { kind: 'broadcast' }, event } };
}

/** A session of an application with broadcasts 1 to `stored`; `reading` runs while the conversation app answers. */
function harness(stored = 0, reading: (session: Harness) => void = () => undefined) {
  const state = {
    stored,
    tells: 'no' as 'yes' | 'soon' | 'no',
    received: Promise.withResolvers<undefined>(),
  };
  const heard: number[] = [];
  const moved: number[] = [];
  const bus = {
    ask: async <Question, Answer>(call: BusCall<Question, Answer>, question: Question): Promise<Answer> => {
      const { after, limit } = readBroadcasts.question.parse(question);
      const head = state.stored;
      const numbers = Array.from(
        { length: Math.min(limit, head - after) },
        (_unused, index) => after + index + 1,
      );
      reading(session);
      await Promise.resolve();
      return call.answer.parse({ broadcasts: numbers.map(numbered), read: numbers.at(-1) ?? head, head });
    },
  };
  const broadcasts = new SessionBroadcasts(
    {
      identity: {
        sessionId: '01940b5e-7d2c-7000-8000-000000000001',
        incarnation: '01940b5e-7d2c-7000-8000-000000000002',
        applicationId: 'a',
        userId: 'tom',
        dialect: 'native',
        address: null,
      },
      tells: () => state.tells,
      sink: {
        event: ({ seq }) => heard.push(seq),
        signal: () => undefined,
        room: () => Promise.resolve(),
        received: () => state.received.promise,
      },
    },
    bus,
    {
      applications: {
        attach: () => Promise.resolve(),
        detach: () => undefined,
        position: () => state.stored,
      },
      cursors: { move: ({ number }) => moved.push(number) },
    },
  );
  const session = {
    broadcasts,
    heard,
    moved,
    state,
    /** The client answers a ping. */
    async receive() {
      const { resolve } = state.received;
      state.received = Promise.withResolvers<undefined>();
      resolve(undefined);
      await new Promise((done) => setImmediate(done));
    },
  };
  return session;
}
type Harness = ReturnType<typeof harness>;

test('what was missed is given page by page, then what is live', async () => {
  const { broadcasts, heard } = harness(45);
  await broadcasts.bringUp({ cursor: 2, head: 45 });
  expect(heard).toEqual(Array.from({ length: 43 }, (_unused, index) => index + 3));
  broadcasts.hearBroadcast(numbered(46));
  expect(heard.at(-1)).toBe(46);
});

test('what is sent while that is read is read too, and given once', async () => {
  let isFirst = true;
  const { broadcasts, heard } = harness(1, (session) => {
    if (!isFirst) return;
    isFirst = false;
    for (const number of [2, 3]) {
      session.state.stored = number;
      session.broadcasts.hearBroadcast(numbered(number));
    }
  });
  await broadcasts.bringUp({ cursor: 0, head: 1 });
  expect(heard).toEqual([1, 2, 3]);
  broadcasts.hearBroadcast(numbered(3));
  expect(heard).toEqual([1, 2, 3]);
});

test('with nothing missed nothing is asked', async () => {
  const { broadcasts, heard } = harness(7, () => {
    throw new Error('asked');
  });
  await broadcasts.bringUp({ cursor: 7, head: 7 });
  expect(heard).toEqual([]);
});

test('of a conversation app of the former release live ones are given, and the cursor stays', async () => {
  const { broadcasts, heard, moved } = harness(7);
  await broadcasts.bringUp(undefined);
  broadcasts.hearBroadcast(numbered(8));
  broadcasts.close(true);
  expect({ heard, moved }).toEqual({ heard: [8], moved: [] });
});

test('a client that says goodbye has got everything', async () => {
  const { broadcasts, moved } = harness(2);
  await broadcasts.bringUp({ cursor: 0, head: 2 });
  broadcasts.hearBroadcast(numbered(3));
  broadcasts.close(true);
  expect(moved).toEqual([3]);
});

test('one that was lost has got what came before the last sign of it', async () => {
  const { broadcasts, moved, receive } = harness(2);
  await broadcasts.bringUp({ cursor: 0, head: 2 });
  broadcasts.hearBroadcast(numbered(3));
  await receive();
  broadcasts.hearBroadcast(numbered(4));
  broadcasts.close(false);
  expect(moved).toEqual([2]);
});

test('one that was lost without any sign has got nothing', async () => {
  const { broadcasts, moved } = harness(2);
  await broadcasts.bringUp({ cursor: 0, head: 2 });
  broadcasts.close(false);
  expect(moved).toEqual([]);
});

test('nothing new: nothing is told', async () => {
  const { broadcasts, moved } = harness(2);
  await broadcasts.bringUp({ cursor: 2, head: 2 });
  broadcasts.close(true);
  expect(moved).toEqual([]);
});

test('what a followed conversation gives is not given here', async () => {
  const { broadcasts, heard, state, moved } = harness(2);
  state.tells = 'yes';
  await broadcasts.bringUp({ cursor: 0, head: 2 });
  broadcasts.hearBroadcast(numbered(3));
  expect(heard).toEqual([]);
  broadcasts.close(true);
  expect(moved).toEqual([3]);
});

test('what a conversation was still to give, when it is followed no more, is given here', async () => {
  const { broadcasts, heard, state } = harness(0);
  await broadcasts.bringUp({ cursor: 0, head: 0 });
  state.tells = 'soon';
  broadcasts.hearBroadcast(numbered(1));
  expect(heard).toEqual([]);
  state.tells = 'no';
  broadcasts.left();
  expect(heard).toEqual([1]);
});

test('what a conversation is still to give counts as not given when the session ends', async () => {
  const { broadcasts, state, moved } = harness(0);
  await broadcasts.bringUp({ cursor: 0, head: 0 });
  broadcasts.hearBroadcast(numbered(1));
  state.tells = 'soon';
  broadcasts.hearBroadcast(numbered(2));
  broadcasts.close(true);
  expect(moved).toEqual([1]);
});

test('a session that is closed while it reads gives nothing more', async () => {
  const { broadcasts, heard } = harness(50, (session) => {
    session.broadcasts.close(false);
  });
  await broadcasts.bringUp({ cursor: 0, head: 50 });
  expect(heard).toEqual([]);
});
