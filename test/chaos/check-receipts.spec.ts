import { describe, expect, test } from '@jest/globals';
import { checkReceipts } from './check-receipts.js';
import { stored } from './sample-run.js';
import type { StoredConversation, StoredEvent, StoredStay } from './tables.js';
import { Truth } from './visible.js';

interface Told {
  conversation: StoredConversation;
  events: StoredEvent[];
  bob: StoredStay;
}

const receipt = (seq: number, type: 'delivered' | 'read', targetSeq: number): StoredEvent =>
  stored(seq, { type: `receipt.${type}`, senderId: 'bob', targetSeq });

/** Ann says something to all and something to Bob and Carl; Bob has got both, and read the first. */
function told(): Told {
  const stay = { conversationId: 'group', joinedSeq: 1, leftSeq: null, deliveredSeq: 1, readSeq: 1 };
  return {
    conversation: {
      ...{ id: 'group', key: '1', lastSeq: 7, historyVisibility: 'start' },
      receiptsAsEvents: true,
    },
    events: [
      stored(1, { type: 'member.joined' }),
      stored(2, { senderId: 'ann' }),
      receipt(3, 'delivered', 2),
      receipt(4, 'read', 2),
      stored(5, { senderId: 'ann', audience: 'listed', recipients: ['bob', 'carl'] }),
      { ...receipt(6, 'delivered', 5), audience: 'listed', recipients: ['ann'] },
      stored(7, { senderId: 'bob' }),
    ],
    bob: { ...stay, userId: 'bob', deliveredSeq: 7, readSeq: 4 },
  };
}

function findingsOf(doctor: (told: Told) => void): string[] {
  const run = told();
  doctor(run);
  const found: string[] = [];
  const ann = { ...run.bob, userId: 'ann', deliveredSeq: 1, readSeq: 1 };
  checkReceipts(new Truth([run.conversation], run.events, [ann, run.bob]), (kind, what) =>
    found.push(`${kind}: ${what}`),
  );
  return found;
}

function replace(events: StoredEvent[], index: number, change: Partial<StoredEvent>): void {
  events[index] = { ...events[index]!, ...change };
}

const spoilt: [what: string, doctor: (told: Told) => void, finding: string][] = [
  [
    'a receipt is stored twice',
    ({ events }) => events.push(receipt(8, 'read', 2)),
    'doubled: one receipt said twice',
  ],
  [
    'a receipt is about a coming',
    ({ events }) => events.push(receipt(8, 'delivered', 1)),
    'doubled: a receipt of nothing that somebody else has said',
  ],
  [
    'a receipt is about what its user has said',
    ({ events }) => events.push(receipt(8, 'delivered', 7)),
    'doubled: a receipt of nothing that somebody else has said',
  ],
  [
    'a receipt is about nothing',
    ({ events }) => events.push(receipt(8, 'delivered', 9)),
    'doubled: a receipt of nothing that somebody else has said',
  ],
  [
    'a receipt is of what its user may not see',
    ({ events }) => {
      replace(events, 4, { recipients: ['carl'] });
    },
    'leaked: a receipt of what its user may not see',
  ],
  [
    'others hear of the receipt of what is not for all',
    ({ events }) => {
      replace(events, 5, { recipients: ['ann', 'carl'] });
    },
    'leaked: a receipt for others than may know of it',
  ],
  [
    'all hear of the receipt of what is not for all',
    ({ events }) => {
      replace(events, 5, { audience: 'everyone', recipients: [] });
    },
    'leaked: a receipt for others than may know of it',
  ],
  [
    'the watermark stays behind',
    (run) => {
      run.bob = { ...run.bob, readSeq: 1 };
    },
    'lost: a receipt beyond the watermark',
  ],
  [
    'the event of a step is missing',
    ({ events }) => {
      events.splice(3, 1);
    },
    'lost: a watermark without its receipt',
  ],
  [
    'the watermark is ahead of the events',
    (run) => {
      run.bob = { ...run.bob, readSeq: 5 };
    },
    'lost: a watermark without its receipt',
  ],
  [
    'nobody has asked for them',
    (run) => {
      run.conversation = { ...run.conversation, receiptsAsEvents: false };
    },
    'leaked: receipts as events, unasked for',
  ],
];

describe('receipts as events', () => {
  test('nothing is found where all is well', () => {
    expect(findingsOf(() => undefined)).toEqual([]);
  });

  test.each(spoilt)('it is found that %s', (_what, doctor, finding) => {
    expect(findingsOf(doctor)).toContain(finding);
  });
});
