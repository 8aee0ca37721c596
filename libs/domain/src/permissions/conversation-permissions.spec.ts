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
    expect(whyNot(action, part)).toBe(refusal);
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
