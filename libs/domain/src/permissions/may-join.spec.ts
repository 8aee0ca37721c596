import { expect, test } from '@jest/globals';
import { hasMembers, whyNotJoin } from './may-join.js';

test.each([
  ['invited', 'invited', null],
  ['invited', 'open', null],
  ['outsider', 'invited', 'not_a_member'],
  ['outsider', 'open', null],
  ['member', 'open', 'member_exists'],
  ['manager', 'invited', 'member_exists'],
  ['owner', 'open', 'member_exists'],
] as const)('%s, where %s may join: %s', (part, joinRule, refusal) => {
  expect(whyNotJoin({ part, joinRule })).toBe(refusal);
});

test.each([
  ['group', true],
  ['temporary', true],
  ['room', false],
  ['system', true],
  ['support', false],
] as const)('%s has members: %s', (kind, expected) => {
  expect(hasMembers(kind)).toBe(expected);
});
