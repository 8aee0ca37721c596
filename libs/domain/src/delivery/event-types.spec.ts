import { describe, expect, test } from '@jest/globals';
import { wants } from './event-types.js';

describe('what somebody wants', () => {
  test.each([
    [[], 'message', true],
    [[], 'custom:order', true],
    [['message'], 'message', true],
    [['message'], 'member.joined', false],
    [['message'], 'custom:message', false],
    [['custom:*'], 'custom:order', true],
    [['custom:*'], 'message', false],
    [['custom:order'], 'custom:order', true],
    [['custom:order'], 'custom:orders', false],
    [['message', 'custom:*'], 'custom:order', true],
    [['message', 'member.left'], 'member.left', true],
    [['*'], 'message', true],
    [['*'], 'custom:order', true],
    [['message.*'], 'message.updated', true],
    [['message.*'], 'message', false],
    [['message.*'], 'custom:message.x', false],
    [['member.*', 'conversation.*'], 'conversation.updated', true],
    [['member.*', 'conversation.*'], 'message.recalled', false],
  ])('asked for %j, %s: %p', (eventTypes, type, expected) => {
    expect(wants(eventTypes, type)).toBe(expected);
  });
});
