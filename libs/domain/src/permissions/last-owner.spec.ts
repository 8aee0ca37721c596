import { expect, test } from '@jest/globals';
import { mustStayOwner } from './last-owner.js';

test.each([
  ['the last owner among others', 'owner', { members: 1, owners: 0 }, true],
  ['one owner of two', 'owner', { members: 1, owners: 1 }, false],
  ['the last member of all', 'owner', { members: 0, owners: 0 }, false],
  ['a manager without any owner', 'manager', { members: 1, owners: 0 }, false],
  ['a member', 'member', { members: 5, owners: 1 }, false],
] as const)('%s', (_name, role, others, expected) => {
  expect(mustStayOwner(role, others)).toBe(expected);
});
