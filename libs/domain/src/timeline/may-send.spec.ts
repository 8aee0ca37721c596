import { expect, test } from '@jest/globals';
import { maySend, type SendDecision, type SendSituation } from './may-send.js';

const member: SendSituation = {
  conversationState: 'active',
  conversationExpiresAt: null,
  member: { silencedUntil: null, isBlocked: false },
  asMaster: false,
  now: 1_000,
};
const allowed: SendDecision = { kind: 'allowed' };
const refused = (reason: Extract<SendDecision, { kind: 'refused' }>['reason']): SendDecision => ({
  kind: 'refused',
  reason,
});

test.each<[string, Partial<SendSituation>, SendDecision]>([
  ['a member may send', {}, allowed],
  ['nobody else may', { member: null }, refused('not_a_member')],
  [
    'a silenced member may not',
    { member: { silencedUntil: 1_001, isBlocked: false } },
    refused('member_silenced'),
  ],
  ['until the silence is over', { member: { silencedUntil: 1_000, isBlocked: false } }, allowed],
  [
    'nobody may to somebody who has blocked it',
    { member: { silencedUntil: null, isBlocked: true } },
    refused('sender_blocked'),
  ],
  ['but a server may', { member: { silencedUntil: null, isBlocked: true }, asMaster: true }, allowed],
  ['a server may for anybody', { member: null, asMaster: true }, allowed],
  [
    'a server may for a silenced member',
    { member: { silencedUntil: 2_000, isBlocked: false }, asMaster: true },
    allowed,
  ],
  [
    'nobody may into an inactive conversation',
    { conversationState: 'inactive', asMaster: true },
    refused('conversation_inactive'),
  ],
  [
    'a deleted conversation does not exist',
    { conversationState: 'deleted', asMaster: true },
    refused('conversation_not_found'),
  ],
  ['a temporary conversation takes events', { conversationExpiresAt: 1_001 }, allowed],
  ['anybody may to a service', { isOpenToAll: true, member: null }, allowed],
  [
    'but who is silenced there',
    { isOpenToAll: true, member: { silencedUntil: 1_001, isBlocked: false } },
    refused('member_silenced'),
  ],
  ['or blocked', { isOpenToAll: true, isBlockedHere: true, member: null }, refused('user_blocked')],
  [
    'for whom a server may',
    { isOpenToAll: true, isBlockedHere: true, member: null, asMaster: true },
    allowed,
  ],
  [
    'until it has expired: then it does not exist',
    { conversationExpiresAt: 1_000, asMaster: true },
    refused('conversation_not_found'),
  ],
])('%s', (_promise, change, decision) => {
  expect(maySend({ ...member, ...change })).toEqual(decision);
});
