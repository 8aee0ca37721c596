import { expect, test } from '@jest/globals';
import { isService, isToService } from './service.js';

test.each([
  ['system', true],
  ['group', false],
  ['room', false],
  ['temporary', false],
] as const)('%s is a service: %s', (kind, expected) => {
  expect(isService(kind)).toBe(expected);
});

test.each([
  ["a user's message to a service", 'system', true, 'message', true],
  ["a service's answer", 'system', undefined, 'message', false],
  ['a custom event for a service', 'system', true, 'custom:wave', false],
  ['an edit of a message to a service', 'system', true, 'message.updated', false],
  ['a message to a group', 'group', undefined, 'message', false],
] as const)('%s', (_name, conversationKind, isInquiry, type, expected) => {
  expect(isToService({ conversationKind, isInquiry, event: { type } })).toBe(expected);
});
