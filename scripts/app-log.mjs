// @ts-check
// The apps log JSON lines (pino); people at a terminal get the warnings and errors among them, one line each.

/** @type {Record<number, string>} */
const levels = { 40: 'warning', 50: 'error', 60: 'fatal' };

/**
 * Looks at the start of the line only: an app may write thousands of lines a second.
 * @param {string} line
 */
export function isWorthShowing(line) {
  return /^\{"level":[456]0\b/.test(line);
}

/**
 * @param {string} name
 * @param {string} line
 */
export function readable(name, line) {
  try {
    const { level, msg, err, error } = JSON.parse(line);
    const reason = err?.message ?? error?.message ?? error;
    const end = reason === undefined || reason === msg ? '' : ` (${String(reason).split('\n')[0]})`;
    return `${name} ${levels[level] ?? 'says'}: ${msg ?? ''}${end}`;
  } catch {
    return `${name}: ${line}`;
  }
}
