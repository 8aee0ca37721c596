// What the reader sees: numbered steps, each with ticks and crosses; and waiting that always ends.
import { isDeepStrictEqual } from 'node:util';

let step = 0;
let failures = 0;

/** @param {string} title */
export function begin(title) {
  step += 1;
  console.log(`\n${step}. ${title}`);
}

/**
 * @param {string} promise what should be so
 * @param {boolean} isSo
 * @param {unknown} [seen] shown behind it
 */
export function check(promise, isSo, seen) {
  if (!isSo) failures += 1;
  const text = typeof seen === 'string' ? seen : (JSON.stringify(seen) ?? '');
  const shown = text.length > 400 ? `${text.slice(0, 400)} ...` : text;
  console.log(`   ${isSo ? '✓' : '✗'} ${promise}  ${shown}`.trimEnd());
}

/**
 * @param {string} promise
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} [seen] shown if they are the same, instead of the whole
 */
export function same(promise, actual, expected, seen) {
  const isSame = isDeepStrictEqual(actual, expected);
  check(promise, isSame, isSame ? (seen ?? actual) : { actual, expected });
}

/**
 * @param {string} promise
 * @param {any[]} events in their order
 * @param {string[]} expected their ids
 */
export function sameEvents(promise, events, expected) {
  const isSame = isDeepStrictEqual(
    events.map(({ id }) => id),
    expected,
  );
  const lines = events.map(({ seq, type, content }) => `${seq} ${content?.text ?? type}`);
  check(promise, isSame, lines.join(' | '));
}

/** @param {unknown} error ends the job early */
export function breakOff(error) {
  failures += 1;
  console.log(`   ✗ ${error instanceof Error ? error.message : String(error)}`);
}

/** @returns {number} the exit code */
export function conclude() {
  console.log(
    failures === 0 ? '\nEverything was as promised.' : `\n${failures} thing(s) were not as promised.`,
  );
  return failures === 0 ? 0 : 1;
}

/**
 * @template Value
 * @param {Promise<Value>} promise
 * @param {string} what is waited for
 * @param {number} [milliseconds] at most
 * @returns {Promise<Value>}
 */
export async function within(promise, what, milliseconds = 20_000) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const tooLate = new Promise((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${milliseconds / 1_000} s in vain for ${what}`)),
      milliseconds,
    );
  });
  try {
    return await /** @type {Promise<Value>} */ (Promise.race([promise, tooLate]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks until there is an answer.
 *
 * @template Answer
 * @param {string} what is waited for
 * @param {() => Promise<Answer | false>} ask
 * @returns {Promise<Answer>}
 */
export async function until(what, ask) {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`asked in vain for ${what}`);
}

/** A list that grows, and on which one can wait. */
export class Arrivals {
  /** @type {any[]} */
  items = [];
  /** @type {(() => void)[]} */
  waiting = [];

  /** @param {any} item */
  add(item) {
    this.items.push(item);
    for (const look of this.waiting) look();
  }

  /**
   * @param {(item: any) => boolean} isIt
   * @param {string} what for the message if none comes
   * @returns {Promise<any>} the first that is, whether it is there already or still to come
   */
  first(isIt, what) {
    const come = new Promise((resolve) => {
      const look = () => {
        const found = this.items.find(isIt);
        if (found !== undefined) resolve(found);
      };
      this.waiting.push(look);
      look();
    });
    return within(come, what);
  }
}
