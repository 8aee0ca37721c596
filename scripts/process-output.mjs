// @ts-check
// Progress goes to stderr, so that stdout carries only what another program may want to read.

/** @typedef {(line: string) => void} Log */

/** @type {Log} */
export function progress(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Announces a step and, when it has ended, how long it took.
 * @template T
 * @param {Log} log
 * @param {string} what
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function timed(log, what, step) {
  log(`${what} ...`);
  const startedAt = Date.now();
  const result = await step();
  log(`${what}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}

/** A failure whose message is meant for the person at the terminal: shown alone, without a stack. */
export class Failure extends Error {}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (error instanceof Failure) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
