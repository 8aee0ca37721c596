import { setTimeout as wait } from 'node:timers/promises';

const pause = 20;

/** Thrown by an assertion that can never hold any more: asking again is pointless. */
export class Hopeless extends Error {}

/**
 * Asks again until the assertion holds: for what is asynchronous by nature. Its last failure is the test's failure.
 *
 * @param within ms. Usually long enough for what was on its way to a process that ended: nats-server gives it out again
 *   after the acknowledgement time (30 s).
 */
export async function eventually<Result>(
  assertion: () => Promise<Result> | Result,
  within = 60_000,
): Promise<Result> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (error instanceof Hopeless || performance.now() > deadline) throw error;
    }
    await wait(pause);
  }
}
