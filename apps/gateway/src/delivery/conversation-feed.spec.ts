import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LiveEvent } from '#contracts/sessions.js';
import { ConversationFeed } from './conversation-feed.js';

function live(seq: number): LiveEvent {
  return {
    conversationKey: '1',
    audience: { kind: 'everyone' },
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
