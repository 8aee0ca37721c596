import { setImmediate } from 'node:timers/promises';

/**
 * Resolves when this process has heard what came while it was busy. A connection that the other side has closed meanwhile is taken
 * for an open one until then.
 */
export async function catchUp(): Promise<void> {
  // Between the first and the second everything is heard that has come; the first may be due before.
  await setImmediate();
  await setImmediate();
}
