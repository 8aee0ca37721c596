import { expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { Lanes } from './lanes.js';

/** Work that ends when the test says so. */
function work() {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const begin = (name: string) => () =>
    new Promise<string>((resolve) => {
      started.push(name);
      ends.push(() => {
        resolve(name);
      });
    });
  return { started, ends, begin };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one command of a conversation is in flight, the next starts after it, other conversations do not wait', async () => {
  const lanes = new Lanes();
  const { started, ends, begin } = work();
  const first = lanes.run('group', begin('first'));
  const second = lanes.run('group', begin('second'));
  const other = lanes.run('other', begin('other'));
  await settled();
  expect(started).toEqual(['first', 'other']);
  ends[0]?.();
  expect(await first).toBe('first');
  await settled();
  expect(started).toEqual(['first', 'other', 'second']);
  ends[1]?.();
  ends[2]?.();
  expect(await Promise.all([second, other])).toEqual(['second', 'other']);
});

test('a failed command does not hold up the next', async () => {
  const lanes = new Lanes();
  await expect(lanes.run('group', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(await lanes.run('group', () => Promise.resolve('next'))).toBe('next');
});

test('besides the one in flight as many wait as the limit says, and one more is refused at once', async () => {
  const lanes = new Lanes();
  const { ends, begin } = work();
  const accepted = Array.from({ length: 1 + limits.laneWaiting }, (_unused, index) =>
    lanes.run('group', begin(String(index))),
  );
  await expect(lanes.run('group', begin('too many'))).rejects.toMatchObject({ code: 'too_many_waiting' });
  for (let index = 0; index < accepted.length; index += 1) {
    await settled();
    ends[index]?.();
  }
  expect(await Promise.all(accepted)).toHaveLength(1 + limits.laneWaiting);
});
