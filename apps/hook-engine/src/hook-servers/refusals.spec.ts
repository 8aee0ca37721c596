import { expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { Refusals } from './refusals.js';

const whole = limits.hookServerRefresh;

/** What is noted of these answers, each so many ms after the one before. */
function noted(...answers: (readonly [status: number, after: number])[]): number[] {
  const refusals = new Refusals();
  let now = 1_000;
  return answers.flatMap(([status, after]) => {
    now += after;
    return refusals.hear('server', status === 401, now) ? [status] : [];
  });
}

const times = (count: number, ...answers: (readonly [number, number])[]) =>
  Array.from({ length: count }, () => answers).flat();

test('the first of each kind is noted, and again after a while', () => {
  expect(noted([200, 0], [200, 1], [200, whole - 1])).toEqual([200, 200]);
  expect(noted([401, 0], [401, 1], [401, whole - 1])).toEqual([401, 401]);
});

test('a refusal is noted at once', () => {
  expect(noted([200, 0], [401, 1])).toEqual([200, 401]);
});

test('that calls are taken again is noted when none was refused for a while', () => {
  expect(noted([401, 0], [200, whole - 1], [200, 1])).toEqual([401, 200]);
  expect(noted([401, 0], [401, 10], [200, whole - 1], [200, 1])).toEqual([401, 200]);
});

test('who refuses every second call is refusing, and that is noted once', () => {
  expect(noted(...times(1_000, [200, 5], [401, 5]))).toEqual([200, 401]);
  expect(noted(...times(whole / 500, [401, 500], [200, 500]))).toEqual([401, 401]);
});

test('servers have nothing to do with each other, and what could not be noted is forgotten', () => {
  const refusals = new Refusals();
  expect(refusals.hear('one', true, 0)).toBe(true);
  expect(refusals.hear('other', false, 0)).toBe(true);
  refusals.forget('one');
  expect(refusals.hear('one', true, 1)).toBe(true);
});
