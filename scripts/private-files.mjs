// @ts-check
// Files that hold credentials: readable by their owner alone, and never seen half-written.
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * @param {string} file
 * @param {string} text
 */
export function writePrivateFile(file, text) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text, { mode: 0o600 });
  // The mode of an older, left-over file would stay as it was.
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
}

/**
 * @param {string} file
 * @returns {string | undefined}
 */
export function readIfPresent(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The password kept in this file; generated at first.
 * @param {string} file
 */
export function keptPassword(file) {
  const kept = readIfPresent(file)?.trim();
  if (kept !== undefined && kept !== '') return kept;
  // Hexadecimal, because it goes into URLs and configuration files unquoted.
  const password = randomBytes(24).toString('hex');
  writePrivateFile(file, `${password}\n`);
  return password;
}
