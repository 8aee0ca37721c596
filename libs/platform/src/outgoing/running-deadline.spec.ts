import { expect, test } from '@jest/globals';
import { RunningDeadline } from './running-deadline.js';

/** A deadline whose clock the test moves: each number is a tick that comes so many ms after the one before. */
function after(timeout: number, ...ticks: number[]): RunningDeadline {
  let now = 1_000;
  const deadline = new RunningDeadline(timeout, () => now);
  for (const passed of ticks) {
    now += passed;
    deadline.tick();
  }
  return deadline;
}

const steady = (count: number): number[] => Array.from({ length: count }, () => 25);

test('time is up when the process has run for so long', () => {
  expect(after(100, ...steady(3)).signal.aborted).toBe(false);
  const done = after(100, ...steady(4));
  expect(done.signal.aborted).toBe(true);
  expect(done.elapsed).toBe(100);
  expect(done.wasPaused).toBe(false);
});

test('ticks that are a little late count in full', () => {
  expect(after(100, 35, 40, 25).signal.aborted).toBe(true);
});

test('a pause counts as one tick, however long it is, and is known', () => {
  const deadline = after(3_000, 25, 60_000, 25);
  expect(deadline.signal.aborted).toBe(false);
  expect(deadline.elapsed).toBe(75);
  expect(deadline.wasPaused).toBe(true);
});

test('after a pause there is time to read what came in it', () => {
  expect(after(50, 25, 60_000).signal.aborted).toBe(false);
  const next = after(50, 25, 60_000, 25);
  expect(next.signal.aborted).toBe(true);
  expect(next.wasPaused).toBe(true);
});

test('a process in which every tick is late comes to an end too', () => {
  expect(after(100, ...Array.from({ length: 5 }, () => 200)).signal.aborted).toBe(true);
});

test('late ticks that are no pause count in full', () => {
  const deadline = after(1_000, 200, 200, 200, 200, 200);
  expect(deadline.elapsed).toBe(1_000);
  expect(deadline.signal.aborted).toBe(false);
  expect(after(1_000, 200, 200, 200, 200, 200, 25).signal.aborted).toBe(true);
  expect(deadline.wasPaused).toBe(false);
});

test('stopping counts the time since the last tick, a pause in it included', () => {
  let now = 0;
  const deadline = new RunningDeadline(3_000, () => now);
  now = 600;
  deadline.stop();
  expect(deadline.elapsed).toBe(25);
  expect(deadline.wasPaused).toBe(true);
});
