import { describe, expect, test } from '@jest/globals';
import type { StreamEvent } from '#contracts/stream.js';
import { jobsOf, readAbsenceJob, readEntry } from './absence-job.js';

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

const jobs = (changes: Partial<StreamEvent> = {}) =>
  jobsOf('log', readEntry(JSON.stringify({ ...message, ...changes })));

const read = (changes: Partial<StreamEvent> = {}) => readAbsenceJob(jobs(changes)[0]!.payload);

describe('a stored event', () => {
  test('of a message becomes one job in the lane of its conversation', () => {
    expect(jobs()).toMatchObject([{ target: 'log', lane: '7', seq: 3, eventId: message.event.id }]);
    expect(read()).toMatchObject({ audience: null, content: { title: 'tom', body: 'Holy **!' } });
  });

  test('that not everybody may see notifies those who may', () => {
    expect(read({ audience: { kind: 'listed', userIds: ['spike'] } }).audience).toEqual(['spike']);
    expect(read({ audience: { kind: 'listed', userIds: [] } }).audience).toEqual([]);
    expect(read({ audience: { kind: 'operators' } }).audience).toEqual([]);
  });

  test('of a business conversation is announced without its content', () => {
    expect(read({ conversationKind: 'business' }).content).toEqual({ title: 'tom', body: 'New message' });
  });

  test('that is no message notifies nobody', () => {
    const { id, conversationId, seq, timestamp } = message.event;
    const common = { id, conversationId, seq, timestamp, senderId: 'tom' };
    expect(jobs({ event: { ...common, type: 'custom:order', data: {} } })).toEqual([]);
    expect(jobs({ event: { ...common, type: 'member.joined', members: [] } })).toEqual([]);
  });

  test('in a form that is not known is refused', () => {
    expect(() => readEntry('{"applicationId":"cartoons"}')).toThrow();
  });
});
