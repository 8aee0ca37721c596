import { describe, expect, test } from '@jest/globals';
import { outranks, whyNot } from './conversation-permissions.js';

describe('who may do what in a conversation', () => {
  test.each([
    ['outsider', 'readEvents', 'not_a_member'],
    ['invited', 'readEvents', 'not_a_member'],
    ['invited', 'acceptInvitation', null],
    ['outsider', 'acceptInvitation', 'not_a_member'],
    ['member', 'readEvents', null],
    ['member', 'addMember', 'insufficient_role'],
    ['manager', 'addMember', null],
    ['manager', 'changeRole', 'insufficient_role'],
    ['owner', 'changeRole', null],
    ['master', 'deleteConversation', null],
  ] as const)('%s: %s', (part, action, refusal) => {
    expect(whyNot(action, part, 'group')).toBe(refusal);
  });

  test.each([
    ['outsider', 'readConversation', null],
    ['outsider', 'readEvents', null],
    ['outsider', 'sendEvent', null],
    ['outsider', 'sendEphemeralEvent', null],
    ['outsider', 'changeOwnMessage', null],
    ['outsider', 'acknowledge', 'not_a_member'],
    ['outsider', 'countUnread', 'not_a_member'],
    ['outsider', 'listMembers', 'not_a_member'],
    ['member', 'acknowledge', null],
    ['member', 'countUnread', null],
    ['member', 'leave', null],
    ['member', 'muteConversation', null],
    ['member', 'listMembers', 'insufficient_role'],
    ['member', 'readReceipts', 'insufficient_role'],
    ['member', 'recallMessageOfOthers', 'insufficient_role'],
    ['owner', 'updateConversation', 'insufficient_role'],
    ['owner', 'addMember', 'insufficient_role'],
    ['master', 'listMembers', null],
  ] as const)('in a service, %s: %s', (part, action, refusal) => {
    expect(whyNot(action, part, 'system')).toBe(refusal);
  });

  test.each([
    ['owner', 'manager', true],
    ['manager', 'member', true],
    ['manager', 'manager', false],
    ['owner', 'owner', false],
    ['member', 'member', false],
    ['master', 'owner', true],
  ] as const)('%s over %s', (part, other, expected) => {
    expect(outranks(part, other)).toBe(expected);
  });
});
