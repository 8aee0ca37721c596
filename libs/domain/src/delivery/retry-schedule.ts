const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Delays after the first, second, ... failed attempt (ms), as Standard Webhooks proposes them: ten attempts within three
 * days, then the delivery is dead.
 */
export const deliverySchedule: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** Of what users wait for an answer to: a service's webhook gets three more attempts within half a minute. */
export const serviceSchedule: readonly number[] = [second, 5 * second, 15 * second];

/** Share of a delay that chance adds at most, so that what failed together does not come back together. */
const jitterShare = 0.2;

/**
 * When to try again what has failed `attempts` times.
 *
 * @param attempts failed attempts so far, at least 1
 * @param jitterUnit a random number from 0 up to 1
 * @returns a delay in ms, or null when it is to be given up
 */
export function nextAttempt(
  attempts: number,
  schedule: readonly number[],
  jitterUnit: number,
): number | null {
  const delay = schedule[attempts - 1];
  return delay === undefined ? null : Math.round(delay * (1 + jitterShare * jitterUnit));
}
