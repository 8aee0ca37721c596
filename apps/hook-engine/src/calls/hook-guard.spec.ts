import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { outagesUntilOpen } from '#domain/delivery/outage.js';
import { ApplicationSlots } from './application-slots.js';
import { HookGuard, type Called } from './hook-guard.port.js';

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  jest.useRealTimers();
});

const share = new ApplicationSlots().shareOf('application', 'live');
const usual = { concurrency: 5, share, deadline: 3_000, timeout: 3_000 };
const answered: Called<string> = { kind: 'answered', answer: 'pass', duration: 1, exchange: null };
const failed = (failure: string): Called<string> => ({
  kind: 'failed',
  failure,
  duration: 1,
  exchange: null,
});
const refused = { kind: 'failed', failure: 'circuit_open' };
const closed = { state: 'closed', retryAt: null };
const halfOpen = { state: 'half_open', retryAt: null };
const open = (retryAt: number) => ({ state: 'open', retryAt });

const until = (time: number): void => {
  jest.advanceTimersByTime(time - performance.now());
};

/** A call that comes to this; `calls` counts those that were made. */
let calls = 0;
const passes = (guard: HookGuard, result: Called<string> | Promise<Called<string>>, limits = usual) =>
  guard.pass(limits, () => {
    calls += 1;
    return Promise.resolve(result);
  });

async function opened(): Promise<HookGuard> {
  const guard = new HookGuard();
  for (let count = 0; count < outagesUntilOpen; count++) await passes(guard, failed('refused'));
  expect(guard.circuit).toEqual(open(1_000));
  calls = 0;
  return guard;
}

test('it opens after so many outages in a row, and not before', async () => {
  const guard = new HookGuard();
  for (let count = 1; count < outagesUntilOpen; count++) await passes(guard, failed('timeout'));
  await passes(guard, answered);
  for (let count = 1; count < outagesUntilOpen; count++) await passes(guard, failed('status_503'));
  expect(guard.circuit).toEqual(closed);
  expect(await passes(guard, failed('network'))).toMatchObject({ failure: 'network' });
  expect(guard.circuit).toEqual(open(1_000));
});

test.each([
  ['nonsense', 'invalid_json', usual],
  ['a pause of ours', 'paused', usual],
  ['no socket of ours', 'unavailable', usual],
  ['a time-out of a call that had less than the deadline', 'timeout', { ...usual, timeout: 2_999 }],
])('%s does not open it', async (_title, failure, limits) => {
  const guard = new HookGuard();
  for (let count = 0; count < 3 * outagesUntilOpen; count++) await passes(guard, failed(failure), limits);
  expect(guard.circuit).toEqual(closed);
});

test('what says nothing does not interrupt a row of outages either', async () => {
  const guard = new HookGuard();
  for (let count = 0; count < outagesUntilOpen; count++) {
    await passes(guard, failed('paused'));
    await passes(guard, failed('refused'));
  }
  expect(guard.circuit).toEqual(open(1_000));
});

/** For so long a message comes every 250 ms, and goes to a server of one place that does this. */
async function steadily(
  guard: HookGuard,
  duration: number,
  answer: (left: number) => Promise<Called<string>>,
) {
  for (let time = 0; time < duration; time += 250) {
    void guard.pass({ ...usual, concurrency: 1 }, answer);
    await jest.advanceTimersByTimeAsync(250);
  }
}
const after = (duration: number, result: Called<string>) =>
  new Promise<Called<string>>((resolve) => {
    setTimeout(() => {
      resolve({ ...result, duration });
    }, duration);
  });
const hangs = (left: number) => after(left, failed('timeout'));

test('a server that hangs opens it too when calls have to wait for others, by the deadlines it had in all', async () => {
  const guard = new HookGuard();
  // The first call alone has its whole deadline.
  await steadily(guard, (outagesUntilOpen - 1) * usual.deadline, hangs);
  expect(guard.circuit).toEqual(closed);
  await steadily(guard, 2 * usual.deadline, hangs);
  expect(guard.circuit.state).not.toBe('closed');
});

test('a server that answers now and then does not open it when calls have to wait', async () => {
  const guard = new HookGuard();
  for (let round = 0; round < 5; round++) {
    await steadily(guard, 4 * usual.deadline, hangs);
    await steadily(guard, usual.deadline, () => after(10, answered));
  }
  expect(guard.circuit).toEqual(closed);
});

test('while it is open no call is made, up to the millisecond', async () => {
  const guard = await opened();
  until(999);
  expect(await passes(guard, answered)).toMatchObject(refused);
  expect(calls).toBe(0);
});

test.each([
  ['back', -3_600_000],
  ['forward', 3_600_000],
])('a wall clock that is set %s neither opens nor closes it', async (_title, time) => {
  const guard = await opened();
  jest.setSystemTime(time);
  expect(guard.circuit).toEqual(open(time + 1_000));
  until(999);
  expect(await passes(guard, answered)).toMatchObject(refused);
  until(1_000);
  expect(await passes(guard, answered)).toEqual(answered);
  expect(guard.circuit).toEqual(closed);
});

test('then one call tries, and all others are refused until it has come back: all goes on', async () => {
  const guard = await opened();
  until(1_000);
  const trial = Promise.withResolvers<Called<string>>();
  const first = passes(guard, trial.promise);
  // They come in the same moment, and later.
  const others = [passes(guard, answered), passes(guard, answered)];
  for (const other of others) expect(await other).toMatchObject(refused);
  expect(guard.circuit).toEqual(halfOpen);
  expect(await passes(guard, answered)).toMatchObject(refused);
  expect(calls).toBe(1);
  trial.resolve(answered);
  expect(await first).toEqual(answered);
  expect(guard.circuit).toEqual(closed);
  await Promise.all([passes(guard, answered), passes(guard, answered)]);
  expect(calls).toBe(3);
});

test('a trial that fails opens it twice as long, again and again, up to half a minute; then it begins anew', async () => {
  const guard = await opened();
  let now = 1_000;
  for (const delay of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    until(now);
    expect(await passes(guard, failed('refused'))).toMatchObject({ failure: 'refused' });
    now += delay;
    expect(guard.circuit).toEqual(open(now));
    until(now - 1);
    expect(await passes(guard, answered)).toMatchObject(refused);
  }
  until(now);
  await passes(guard, answered);
  expect(guard.circuit).toEqual(closed);
  for (let count = 1; count < outagesUntilOpen; count++) await passes(guard, failed('refused'));
  expect(guard.circuit).toEqual(closed);
  await passes(guard, failed('refused'));
  expect(guard.circuit).toEqual(open(now + 1_000));
});

test('a call from before it opened says nothing afterwards: neither during the trial nor later', async () => {
  const guard = new HookGuard();
  const old = [Promise.withResolvers<Called<string>>(), Promise.withResolvers<Called<string>>()] as const;
  const limits = { ...usual, concurrency: 100 };
  const waiting = old.map(({ promise }) => passes(guard, promise, limits));
  for (let count = 0; count < outagesUntilOpen; count++) await passes(guard, failed('refused'), limits);
  until(1_000);
  const trial = Promise.withResolvers<Called<string>>();
  const first = passes(guard, trial.promise, limits);
  old[0].resolve(failed('timeout'));
  expect(await waiting[0]).toMatchObject({ failure: 'timeout' });
  expect(guard.circuit).toEqual(halfOpen);
  trial.resolve(answered);
  await first;
  expect(guard.circuit).toEqual(closed);
  for (let count = 1; count < outagesUntilOpen; count++) await passes(guard, failed('refused'), limits);
  old[1].resolve(failed('timeout'));
  await waiting[1];
  expect(guard.circuit).toEqual(closed);
});

test('a trial whose answer is nonsense closes it: the server is there', async () => {
  const guard = await opened();
  until(1_000);
  await passes(guard, failed('invalid_json'));
  expect(guard.circuit).toEqual(closed);
});

test.each([
  ['paused', usual],
  ['unavailable', usual],
  ['timeout', { ...usual, timeout: 100 }],
])('a trial that says nothing does not close it: %s', async (failure, limits) => {
  const guard = await opened();
  until(1_000);
  expect(await passes(guard, failed(failure), limits)).toMatchObject({ failure });
  expect(guard.circuit).toEqual(open(3_000));
});

test('a call that nobody has time for any more is no trial', async () => {
  const guard = await opened();
  until(1_000);
  await passes(guard, failed('timeout'), { ...usual, timeout: 0 });
  expect(guard.circuit).toEqual(open(1_000));
  await passes(guard, answered);
  expect(guard.circuit).toEqual(closed);
});
