import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LiveEvent } from '#contracts/sessions.js';
import { ConversationFeed } from './conversation-feed.js';

function live(seq: number, audience: LiveEvent['audience'] = { kind: 'everyone' }): LiveEvent {
  return {
    conversationKey: '1',
    audience,
    event: {
      id: '01940b5e-7d2c-7000-8000-000000000001',
      conversationId: 'c',
      seq,
      timestamp: 0,
      type: 'message',
      senderId: 'tom',
      content: { type: 'text', text: String(seq) },
    },
  };
}

function listening(lastSeq: number) {
  const feed = new ConversationFeed('1', lastSeq);
  const heard: number[] = [];
  feed.listeners.add({
    userId: 'jerry',
    hear: ({ event }) => heard.push(event.seq),
    hearReceipts: () => undefined,
    hearSignal: () => undefined,
  });
  return { feed, heard };
}

test('whatever order and however often events arrive, each is heard once, in order', () => {
  const arrivals = fc.integer({ min: 1, max: 40 }).chain((count) => {
    const seqs = Array.from({ length: count }, (_unused, index) => index + 1);
    return fc.tuple(fc.constant(seqs), fc.shuffledSubarray([...seqs, ...seqs], { minLength: 0 }));
  });
  fc.assert(
    fc.property(arrivals, ([seqs, shuffled]) => {
      const { feed, heard } = listening(0);
      for (const seq of [...shuffled, ...seqs]) feed.receive([live(seq)]);
      expect(heard).toEqual(seqs);
      expect(feed.hasGap).toBe(false);
    }),
  );
});

test('a gap is noticed, and closed by what is read from the database', () => {
  const { feed, heard } = listening(10);
  feed.receive([live(11), live(13), live(14)]);
  expect(heard).toEqual([11]);
  expect(feed.hasGap).toBe(true);
  feed.receive([live(12), live(13)]);
  expect(heard).toEqual([11, 12, 13, 14]);
  expect(feed.hasGap).toBe(false);
  expect(feed.position).toBe(14);
});

test('history is not heard again', () => {
  const { feed, heard } = listening(10);
  feed.receive([live(3), live(10)]);
  expect(heard).toEqual([]);
  expect(feed.hasGap).toBe(false);
});

test('what is listed is heard by those whom it is listed for and by its sender, on all their devices', () => {
  const feed = new ConversationFeed('1', 0);
  const heard: string[] = [];
  const listener = (userId: string, device: string) => ({
    userId,
    hear: ({ event }: LiveEvent) => heard.push(`${userId} ${device}: ${String(event.seq)}`),
    hearReceipts: () => undefined,
    hearSignal: () => undefined,
  });
  const gone = listener('spike', 'phone');
  const all = [listener('tom', 'phone'), listener('tom', 'desk'), listener('jerry', 'phone'), gone];
  for (const one of [...all, listener('spike', 'desk')]) feed.listeners.add(one);
  feed.listeners.delete(gone);
  feed.receive([
    live(1, { kind: 'listed', userIds: ['spike', 'stranger'] }),
    live(2, { kind: 'listed', userIds: [] }),
    live(3),
  ]);
  expect(heard.filter((text) => text.endsWith('1')).toSorted()).toEqual([
    'spike desk: 1',
    'tom desk: 1',
    'tom phone: 1',
  ]);
  expect(heard.filter((text) => text.endsWith('2')).toSorted()).toEqual(['tom desk: 2', 'tom phone: 2']);
  expect(heard.filter((text) => text.endsWith('3'))).toHaveLength(4);
  for (const one of feed.listeners) feed.listeners.delete(one);
  feed.receive([live(4, { kind: 'listed', userIds: ['jerry'] })]);
  expect(heard.filter((text) => text.endsWith('4'))).toEqual([]);
});
