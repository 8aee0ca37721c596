import { expect, test } from '@jest/globals';
import { eventView, legacyEventView, pushedEvent } from './event-views.js';
import { translate } from './translate.js';

/** What one native event tells of two members. */
const ids = ['01a200b3-a02d-7343-88bb-7ec2f2568e30', '01a200b3-a02e-7327-8388-c89d8b1d99dc'];
const shown = translate(
  {
    conversationKey: '1',
    audience: { kind: 'everyone' },
    event: {
      ...{ id: '01a200b3-a02f-7327-8388-c89d8b1d99dc', conversationId: 'CON-1', seq: 7, timestamp: 0 },
      type: 'member.joined',
      senderId: null,
      members: ids.map((id, index) => ({ id, userId: ['alice', 'bob'][index]!, role: 'member' })),
    },
  },
  { people: new Map(), conversationName: 'kitchen', kindAt: () => 'text', memberIds: new Map() },
);

test('of several members of one event each has its number in v0.3 and v1, whose packages want one', () => {
  const views = shown.map((event) => eventView('https://chat.example.com', 'v1', event));
  const self = { href: 'https://chat.example.com/v1/conversations/CON-1/events/7' };
  expect(views).toEqual(
    ids.map((id): unknown =>
      expect.objectContaining({ id: 7, from: `MEM-${id}`, type: 'member:joined', _links: { self } }),
    ),
  );
});

test('on sockets, and where a client asks for what it has lost, the first alone has: a second would be a repetition', () => {
  const pushed = shown.map((event) => pushedEvent('application', event));
  const repaired = shown.map((event) => legacyEventView('https://chat.example.com', 'beta2', event));
  for (const [first, second] of [pushed, repaired]) {
    expect(first).toMatchObject({ id: 7, cid: 'CON-1', from: `MEM-${ids[0]!}` });
    expect(second).toMatchObject({ cid: 'CON-1', from: `MEM-${ids[1]!}` });
    expect(second).not.toHaveProperty('id');
  }
  expect(repaired[1]).toHaveProperty('href', 'https://chat.example.com/beta2/conversations/CON-1/events/7');
});
