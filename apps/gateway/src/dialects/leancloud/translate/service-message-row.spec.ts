import { describe, expect, test } from '@jest/globals';
import { serviceMessageCertainties, serviceMessageRowOf } from './service-message-row.js';

const id = '01940b5e-7d2c-7000-8000-000000000001';
const messageId = 'AZQLXn0scACAAAAAAAAAAQ';
const pointer = (objectId: string) => ({ __type: 'Pointer', className: '_Conversation', objectId });
const date = (time: number) => ({ __type: 'Date', iso: new Date(time).toISOString() });

test('a row', () => {
  const said = { id, conversationId: 'faq', seq: 7, timestamp: 1_472_200_796_764, senderId: 'Tom' };
  const content = { type: 'text', text: 'Hello' } as const;
  expect(serviceMessageRowOf({ ...said, type: 'message', content })).toEqual({
    objectId: messageId,
    createdAt: '2016-08-26T08:39:56.764Z',
    updatedAt: '2016-08-26T08:39:56.764Z',
    conv: pointer('faq'),
    msgId: messageId,
    from: 'Tom',
    bin: false,
    data: '{"_lctext":"Hello","_lctype":-1}',
    timestamp: 1_472_200_796_764,
  });
  const edited = { ...said, type: 'message', content, editedAt: said.timestamp + 1 } as const;
  expect(serviceMessageRowOf(edited)['updatedAt']).toBe('2016-08-26T08:39:56.765Z');
});

describe('what is certain', () => {
  const nothing = { conversationIds: null, senderIds: null, eventIds: null, earliest: null, latest: null };
  test.each<[object, object]>([
    [{}, nothing],
    [{ conv: pointer('a') }, { conversationIds: ['a'] }],
    [{ conv: { $in: [pointer('a'), pointer('b'), 'c'] } }, { conversationIds: ['a', 'b'] }],
    [{ conv: 'a' }, { conversationIds: [] }],
    [{ conv: pointer('no id!') }, { conversationIds: [] }],
    [{ conv: { $ne: pointer('a') } }, nothing],
    [{ from: 'Tom' }, { senderIds: ['Tom'] }],
    [{ from: 'no:id' }, { senderIds: [] }],
    [{ from: 7 }, { senderIds: [] }],
    [{ from: { $in: ['Tom', 'Jerry'] } }, { senderIds: ['Tom', 'Jerry'] }],
    [{ from: { $ne: 'Tom' } }, nothing],
    [{ objectId: messageId }, { eventIds: [id] }],
    [{ msgId: messageId }, { eventIds: [id] }],
    [{ objectId: 'none' }, { eventIds: [] }],
    [{ timestamp: 5 }, { earliest: 5, latest: 5 }],
    [{ timestamp: { $gt: 5, $lte: 9.5 } }, { earliest: 5, latest: 10 }],
    [{ createdAt: { $gte: date(7), $lt: date(8) } }, { earliest: 7, latest: 8 }],
    [
      { $and: [{ from: 'Tom' }, { timestamp: { $gte: 1 } }, { createdAt: { $gte: date(3) } }] },
      { senderIds: ['Tom'], earliest: 3 },
    ],
    [{ $or: [{ from: 'Tom' }, { from: 'Jerry' }] }, nothing],
  ])('of %j', (where, expected) => {
    expect(serviceMessageCertainties(where)).toEqual({ ...nothing, ...expected });
  });
});
