import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { Typing } from './typing.js';

describe('who is typing', () => {
  let stops: string[];
  let typing: Typing;

  beforeEach(() => {
    jest.useFakeTimers();
    stops = [];
    typing = new Typing((conversationId) => stops.push(conversationId));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('has stopped when it was not said again for long', () => {
    typing.started('a');
    jest.advanceTimersByTime(limits.typingDuration - 1);
    expect(stops).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(stops).toEqual(['a']);
  });

  test('goes on while it is said again', () => {
    for (let turn = 0; turn < 5; turn += 1) {
      typing.started('a');
      jest.advanceTimersByTime(limits.typingDuration - 1);
    }
    expect(stops).toEqual([]);
  });

  test('is not said to have stopped twice', () => {
    typing.started('a');
    typing.stopped('a');
    jest.advanceTimersByTime(limits.typingDuration);
    typing.end();
    expect(stops).toEqual([]);
  });

  test('has stopped everywhere when the client is gone, and where that comes first', () => {
    typing.started('a');
    typing.started('b');
    typing.end();
    typing.started('c');
    jest.advanceTimersByTime(limits.typingDuration);
    expect(stops).toEqual(['a', 'b', 'c']);
  });
});
