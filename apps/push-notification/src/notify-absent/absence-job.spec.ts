import { describe, expect, test } from '@jest/globals';
import type { StreamEvent } from '#contracts/stream.js';
import { changeJobFor, hookedJobFor, jobFor, readJob } from './absence-job.js';
import { missing, questionsOf, type Absent } from './absentees.js';
import { changeOf, messageOf, readEntry } from './stored-message.js';

const message: StreamEvent = {
  applicationId: 'cartoons',
  conversationKey: '7',
  conversationKind: 'group',
  audience: { kind: 'everyone' },
  origin: { address: null, dialect: 'native' },
  event: {
    id: '01940b5e-7d2c-7000-8000-000000000001',
    conversationId: 'yard',
    seq: 3,
    timestamp: 1_472_200_796_764,
    type: 'message',
    senderId: 'tom',
    content: { type: 'text', text: 'Holy **!' },
  },
};

const read = (changes: Partial<StreamEvent> = {}) =>
  messageOf(readEntry(JSON.stringify({ ...message, ...changes })));
const to = (...userIds: string[]) => read({ audience: { kind: 'listed', userIds } })!;
const absentUser = (userId: string, joinedSeq: number | null = 1): Absent => ({
  conversationKey: '7',
  userId,
  joinedSeq,
  muted: false,
});

describe('a stored event', () => {
  test('of a message becomes one job in the lane of its conversation', () => {
    const job = jobFor('log', read()!, ['jerry']);
    expect(job).toMatchObject({ target: 'log:cartoons', lane: '7', seq: 3, eventId: message.event.id });
    expect(readJob(job.payload)).toEqual({
      applicationId: 'cartoons',
      conversationId: 'yard',
      userIds: ['jerry'],
      content: { title: 'tom', body: 'Holy **!' },
    });
  });

  test('that hooks have to be asked about becomes a job without its content', () => {
    const absentees = { userIds: ['jerry'], mutedUserIds: ['spike'] };
    const job = hookedJobFor('log', read()!, absentees);
    expect(job).toMatchObject({ target: 'log:cartoons', lane: '7', seq: 3, eventId: message.event.id });
    const { applicationId, conversationKind, origin } = message;
    expect(readJob(job.payload)).toEqual({
      ...{ applicationId, conversationId: 'yard', conversationKind, origin },
      ...absentees,
    });
  });

  test('of a business conversation is announced without its content', () => {
    const { payload } = jobFor('log', read({ conversationKind: 'business' })!, ['jerry']);
    expect(readJob(payload)).toMatchObject({ content: { title: 'tom', body: 'New message' } });
  });

  test('that changes a message changes what was said of it', () => {
    const { id, conversationId, seq, timestamp } = message.event;
    const changed = {
      ...{ id, conversationId, seq, timestamp, senderId: 'tom' },
      ...{ targetId: '01940b5e-7d2c-7000-8000-000000000002', targetSeq: 2 },
    };
    const jobAfter = (
      event: StreamEvent['event'],
      conversationKind: StreamEvent['conversationKind'] = 'group',
    ) => {
      const entry = readEntry(JSON.stringify({ ...message, event, conversationKind }));
      return readJob(changeJobFor('log', changeOf(entry)!).payload);
    };
    const edited = { ...changed, type: 'message.updated', content: { type: 'text', text: 'Oops' } } as const;
    const job = { applicationId: 'cartoons', changedEventId: changed.targetId };
    expect(jobAfter(edited)).toEqual({ ...job, body: 'Oops' });
    expect(jobAfter(edited, 'business')).toEqual({ ...job, body: 'New message' });
    expect(jobAfter({ ...edited, content: { type: 'recalled' } })).toEqual({ ...job, body: null });
    expect(jobAfter({ ...changed, type: 'message.recalled' })).toEqual({ ...job, body: null });
    expect(changeOf(readEntry(JSON.stringify(message)))).toBeNull();
  });

  test('that is no message notifies nobody', () => {
    const { id, conversationId, seq, timestamp } = message.event;
    const common = { id, conversationId, seq, timestamp, senderId: 'tom' };
    expect(read({ event: { ...common, type: 'custom:order', data: {} } })).toBeNull();
    expect(read({ event: { ...common, type: 'member.joined', members: [] } })).toBeNull();
  });

  test('in a form that is not known is refused', () => {
    expect(() => readEntry('{"applicationId":"cartoons"}')).toThrow();
  });
});

describe('who is asked about', () => {
  test('each conversation once, however many messages it has, with all who are listed', () => {
    const other = { ...message, conversationKey: '8' };
    expect(questionsOf([read()!, read()!, to('spike', 'tyke'), to('spike'), read(other)!])).toEqual([
      { applicationId: 'cartoons', conversationKey: '7', withMembers: true, userIds: ['spike', 'tyke'] },
      { applicationId: 'cartoons', conversationKey: '8', withMembers: true, userIds: [] },
    ]);
  });

  test('nobody for messages that nobody but the sender may see', () => {
    expect(questionsOf([to(), read({ audience: { kind: 'operators' } })!])).toEqual([]);
  });
});

describe('who misses a message', () => {
  const absent = [absentUser('tom'), absentUser('jerry'), absentUser('late', 4), absentUser('guest', null)];

  test('to everyone: absent members who were in by then, without the sender', () => {
    expect(missing(read()!, absent)).toEqual({ userIds: ['jerry'], mutedUserIds: [] });
  });

  test('to some: those of them who are absent, members or not', () => {
    expect(missing(to('guest', 'late', 'online', 'tom'), absent).userIds).toEqual(['late', 'guest']);
    expect(missing(to(), absent).userIds).toEqual([]);
  });

  test('those who muted the conversation are told apart', () => {
    const muted = { ...absentUser('spike'), muted: true };
    expect(missing(read()!, [...absent, muted])).toEqual({ userIds: ['jerry'], mutedUserIds: ['spike'] });
  });
});
