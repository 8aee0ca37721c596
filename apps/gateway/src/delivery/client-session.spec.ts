import { expect, test } from '@jest/globals';
import type { Subscription } from '@nats-io/transport-node';
import type { z } from 'zod';
import { seenEventOf } from '#contracts/event.js';
import { enterRoom, listRoomsOfSession } from '#contracts/rooms.js';
import { findGone, listMemberships, openSession, readTimeline } from '#contracts/sessions.js';
import type { LiveEvent, MembershipView, UserNotice } from '#contracts/sessions.js';
import { isVisible } from '#domain/timeline/visibility.js';
import type { BusCall } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { ClientSession } from './client-session.port.js';
import type { FeedListener } from './conversation-feed.js';

const user = 'tom';

function stored(seq: number, what: 'message' | 'joined' | 'left' | 'listed' = 'message'): LiveEvent {
  const envelope = { id: '01940b5e-7d2c-7000-8000-000000000001', conversationId: 'c', seq, timestamp: 0 };
  const audience =
    what === 'listed' ? { kind: 'listed' as const, userIds: [user] } : { kind: 'everyone' as const };
  if (what === 'joined' || what === 'left') {
    const members = [{ id: '01940b5e-7d2c-7000-8000-000000000003', userId: user, role: 'member' as const }];
    return {
      conversationKey: '1',
      audience,
      event: { ...envelope, type: `member.${what}`, senderId: null, members },
    };
  }
  const content = { type: 'text' as const, text: String(seq) };
  return {
    conversationKey: '1',
    audience,
    event: { ...envelope, type: 'message', senderId: 'jim', content },
  };
}

/** An application that never sends any. */
const noBroadcasts = {
  attach: () => Promise.resolve(),
  detach: () => undefined,
  position: () => 0,
};

/** A session over one timeline that the test writes; `hold` keeps questions for the list, and answers of the timeline. */
function harness() {
  const timeline: LiveEvent[] = [];
  const stays: { joinedSeq: number; leftSeq: number | null }[] = [];
  let listVersion = 0;
  let held: Promise<void> = Promise.resolve();
  let asked = 0;
  let entrances = 0;
  const heard: number[] = [];
  const deleted: string[] = [];
  let exists = true;
  const listeners = new Set<FeedListener>();
  let notify: (payload: unknown) => void = () => undefined;
  const view = (): MembershipView => {
    const { joinedSeq = 1, leftSeq = null } = stays.at(-1) ?? {};
    return {
      conversationKey: '1',
      conversationId: 'c',
      state: leftSeq === null ? 'joined' : 'left',
      fromSeq: joinedSeq,
      toSeq: leftSeq,
      joinedSeq,
      firstJoinedSeq: joinedSeq,
      headSeq: timeline.length,
      muted: false,
    };
  };
  const bus = {
    ask: async <Question, Answer>(call: BusCall<Question, Answer>, question: Question): Promise<Answer> => {
      if (call.subject === readTimeline.subject) {
        const { afterSeq } = readTimeline.question.parse(question);
        const events = timeline.filter(
          ({ event, audience }) =>
            event.seq > afterSeq && isVisible(seenEventOf(event, audience), user, view()),
        );
        const answer = call.answer.parse({ events, readSeq: timeline.length, headSeq: timeline.length });
        await held;
        return answer;
      }
      if (call.subject === enterRoom.subject) {
        entrances += 1;
        await held;
        return call.answer.parse(view());
      }
      if (call.subject === listRoomsOfSession.subject)
        return call.answer.parse({ conversationKeys: exists ? ['1'] : [] });
      if (call.subject === findGone.subject) {
        const { conversationIds } = findGone.question.parse(question);
        return call.answer.parse({ conversationIds: exists ? [] : conversationIds });
      }
      const isKnown = [listMemberships.subject, openSession.subject].includes(call.subject);
      if (!isKnown) throw new Error(`Unexpected: ${call.subject}`);
      asked += 1;
      await held;
      const { of } = question as Partial<z.output<typeof listMemberships.question>>;
      const isNamed = of !== undefined && 'conversationIds' in of;
      const isListed = isNamed || view().state === 'joined';
      const memberships = exists && isListed && stays.length > 0 ? [view()] : [];
      return call.answer.parse({ listVersion, memberships, next: null });
    },
    flush: () => Promise.resolve(),
    subscribe: (_subject: string, hear: (payload: unknown) => void): Subscription => {
      notify = hear;
      return { unsubscribe: () => undefined } as Subscription;
    },
  };
  const feeds = {
    attach: (added: readonly { readonly listener: FeedListener }[]): Promise<void> => {
      for (const { listener } of added) listeners.add(listener);
      return Promise.resolve();
    },
    detach: (_key: string, listener: FeedListener): void => {
      listeners.delete(listener);
    },
    position: () => timeline.length,
  };
  const session = new ClientSession(
    {
      sessionId: '01940b5e-7d2c-7000-8000-000000000001',
      incarnation: '01940b5e-7d2c-7000-8000-000000000002',
      applicationId: 'a',
      userId: user,
      dialect: 'native',
      address: null,
      resume: null,
      tag: null,
      token: null,
    },
    {
      end: () => undefined,
      refreshed: () => undefined,
      event: ({ seq }) => heard.push(seq),
      receipts: () => undefined,
      signal: () => undefined,
      conversation: () => undefined,
      deleted: (id) => deleted.push(id),
      leftRoom: () => undefined,
      muted: () => undefined,
      room: () => Promise.resolve(),
      received: () => Promise.resolve(),
    },
    bus,
    { conversations: feeds, applications: noBroadcasts, cursors: { move: () => undefined } },
    Log.create('test', 'silent'),
  );
  const notice = (said: UserNotice): void => {
    notify(said);
  };
  return {
    session,
    heard,
    deleted,
    notice,
    asked: () => asked,
    entrances: () => entrances,
    follows: () => listeners.size > 0,
    /** Stores an event; `live`: the feed says so at once. */
    write: (what?: Parameters<typeof stored>[1], live = true): number => {
      const event = stored(timeline.length + 1, what);
      timeline.push(event);
      if (live) for (const listener of [...listeners]) listener.hear(event);
      return event.event.seq;
    },
    begin: (joinedSeq: number): UserNotice => {
      stays.push({ joinedSeq, leftSeq: null });
      listVersion += 1;
      return { kind: 'membership', listVersion, membership: view() };
    },
    finish: (leftSeq: number): UserNotice => {
      const { joinedSeq = 1 } = stays.pop() ?? {};
      stays.push({ joinedSeq, leftSeq });
      listVersion += 1;
      return { kind: 'membership', listVersion, membership: view() };
    },
    erase: (): UserNotice => {
      exists = false;
      listVersion += 1;
      return { kind: 'deleted', listVersion, conversationKey: '1', conversationId: 'c' };
    },
    hold: (): (() => void) => {
      const gate = Promise.withResolvers<undefined>();
      held = gate.promise;
      return () => {
        gate.resolve(undefined);
      };
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a notice of leaving that comes after a list that knows the next stay does not end that stay', async () => {
  const { session, heard, notice, write, begin, finish, hold, follows } = harness();
  begin(write('joined'));
  await session.open();
  const go = hold();
  session.refresh();
  const left = finish(write('left'));
  notice(left);
  const joined = begin(write('joined'));
  go();
  await turn();
  notice(joined);
  await turn();
  expect(follows()).toBe(true);
  const last = write();
  expect(heard.at(-1)).toBe(last);
});

test('not even where nothing has happened between the two stays, so that they look the same', async () => {
  const { session, heard, notice, write, begin, finish, hold, follows } = harness();
  begin(write());
  await session.open();
  const go = hold();
  session.refresh();
  const left = finish(1);
  notice(left);
  const joined = begin(1);
  go();
  await turn();
  notice(joined);
  await turn();
  expect(follows()).toBe(true);
  const last = write();
  expect(heard.at(-1)).toBe(last);
});

test('whoever leaves and joins at once is given the whole new stay', async () => {
  const { session, heard, write, begin, finish } = harness();
  begin(write('joined'));
  await session.open();
  finish(write('left'));
  const joinedAgain = write('joined');
  begin(joinedAgain);
  const first = write();
  session.refresh();
  await turn();
  expect(heard.slice(-2)).toEqual([joinedAgain, first]);
  expect(new Set(heard).size).toBe(heard.length);
});

test('what is listed for somebody who has left is heard once, by the catching up or by its notice', async () => {
  const { session, heard, notice, write, begin, finish } = harness();
  begin(write('joined'));
  await session.open();
  const left = finish(write('left'));
  const listed = (live: boolean): UserNotice => {
    const { event } = stored(write('listed', live), 'listed');
    return { kind: 'event', event };
  };
  const caughtUp = listed(false);
  notice(left);
  await turn();
  notice(caughtUp);
  await turn();
  const later = listed(false);
  notice(later);
  await turn();
  expect(heard).toEqual([2, 3, 4]);
});

test('a notice that comes while an end is under way is not lost', async () => {
  const { session, heard, notice, write, begin, finish, hold } = harness();
  begin(write('joined'));
  await session.open();
  const go = hold();
  notice(finish(write('left', false)));
  await turn();
  // The end's catching up has been read, the conversation is not left yet.
  write('listed', false);
  notice({ kind: 'event', event: stored(3, 'listed').event });
  go();
  await turn();
  expect(heard).toEqual([2, 3]);
});

test('a list is read once for all who ask before it is begun', async () => {
  const { session, asked, begin, write } = harness();
  begin(write('joined'));
  await session.open();
  const before = asked();
  for (let count = 0; count < 5; count++) session.refresh();
  await turn();
  expect(asked()).toBe(before + 1);
});

test('a conversation that was deleted is left and said to be, with the notice and without it', async () => {
  for (const isLost of [false, true]) {
    const { session, deleted, notice, write, begin, erase, follows } = harness();
    begin(write('joined'));
    await session.open();
    const gone = erase();
    if (isLost) session.refresh();
    else notice(gone);
    await turn();
    expect(deleted).toEqual(['c']);
    expect(follows()).toBe(false);
    // It is said once.
    notice(gone);
    session.refresh();
    await turn();
    expect(deleted).toEqual(['c']);
  }
});

test('a room that was deleted is left and said to be, with the notice and without it', async () => {
  for (const isLost of [false, true]) {
    const { session, deleted, notice, erase, follows } = harness();
    await session.open();
    await session.rooms.enter('c', null);
    expect(follows()).toBe(true);
    const gone = erase();
    if (isLost) session.refresh();
    else notice(gone);
    await turn();
    expect(deleted).toEqual(['c']);
    expect(follows()).toBe(false);
  }
});

test('who is put out of a room while it is let in asks again, and what else happens is heard meanwhile', async () => {
  const { session, deleted, notice, erase, hold, entrances, follows } = harness();
  await session.open();
  const go = hold();
  const entering = session.rooms.enter('c', null);
  notice(erase());
  await turn();
  // It was not in: nothing is said.
  expect([deleted, entrances()]).toEqual([[], 1]);
  go();
  await entering;
  expect(entrances()).toBe(2);
  expect(follows()).toBe(true);
});

test('a conversation that was left while the notice was lost is not said to be deleted', async () => {
  const { session, heard, deleted, write, begin, finish } = harness();
  begin(write('joined'));
  await session.open();
  finish(write('left', false));
  session.refresh();
  await turn();
  expect(deleted).toEqual([]);
  expect(heard).toEqual([2]);
});
