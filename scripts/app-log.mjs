// @ts-check
// An app writes its log file itself: the supervisor's death must not break what it writes to, and its pace is not the
// supervisor's. The supervisor reads along in the file.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const pauseMilliseconds = 200;
const chunkBytes = 1024 * 1024;
// Who is further behind than this skips: what is missed on the terminal is in the file.
const longestBacklog = 16 * chunkBytes;

/** @type {Record<number, string>} */
const levels = { 40: 'warning', 50: 'error', 60: 'fatal' };

/**
 * Passes on every line that is added to the file from now on.
 * @param {string} file exists
 * @param {(line: string) => void} take
 * @returns {{end: () => void}} `end` reads what is left
 */
export function followLog(file, take) {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(chunkBytes);
  let position = fstatSync(descriptor).size;
  let rest = '';

  /** @returns {void} */
  const read = () => {
    const { size } = fstatSync(descriptor);
    if (size - position > longestBacklog) position = size - longestBacklog;
    while (position < size) {
      const count = readSync(descriptor, buffer, 0, chunkBytes, position);
      if (count === 0) return;
      position += count;
      const lines = (rest + buffer.toString('utf8', 0, count)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    }
  };
  const timer = setInterval(read, pauseMilliseconds);
  return {
    end: () => {
      clearInterval(timer);
      read();
      closeSync(descriptor);
    },
  };
}

/**
 * The apps log JSON lines (pino); what else is there, Node or a library wrote on stderr. Looks at the line's start only:
 * an app may write thousands a second.
 * @param {string} line
 * @returns {'plain' | 'serious' | 'ordinary'}
 */
export function kindOfLine(line) {
  if (!line.startsWith('{"level":')) return 'plain';
  return /^\{"level":[456]0\b/.test(line) ? 'serious' : 'ordinary';
}

/**
 * One readable line of a JSON line.
 * @param {string} name
 * @param {string} line
 */
export function readable(name, line) {
  try {
    const entry = JSON.parse(line);
    const text = entry['msg'] ?? '';
    const reason = entry['err']?.message ?? entry.error?.message ?? entry.error;
    const end = reason === undefined || reason === text ? '' : ` (${String(reason).split('\n')[0]})`;
    return `${name} ${levels[entry.level] ?? 'says'}: ${text}${end}`;
  } catch {
    return `${name}: ${line}`;
  }
}
