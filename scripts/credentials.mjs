// @ts-check
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfPresent, writePrivateFile } from './private-files.mjs';
import { Failure } from './process-output.mjs';

/** @returns {string} */
const key = () => randomBytes(24).toString('base64url');

/** @type {Record<string, () => string>} */
const generators = {
  HOOKLINE_APP_ID: () => `demo-${randomBytes(6).toString('hex')}`,
  HOOKLINE_APP_KEY: key,
  HOOKLINE_MASTER_KEY: key,
  HOOKLINE_HOOK_KEY: key,
  HOOKLINE_INSTALLATION_KEY: key,
  HOOKLINE_ENCRYPTION_KEY: () => randomBytes(32).toString('base64'),
};

// In the file beside the keys: whether a start has come so far as to show them.
const shownMark = 'shown';

/**
 * What the environment does not give comes from the data folder, and is generated there at first.
 * @param {string} dataDirectory
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{values: Record<string, string>, unseen: string[], markShown: () => void}} unseen: names of what was
 *   generated and not yet shown to anybody
 */
export function credentials(dataDirectory, environment) {
  const file = join(dataDirectory, 'credentials.json');
  const kept = parse(file);
  /** @type {Record<string, string>} */
  const values = {};
  for (const [name, generate] of Object.entries(generators)) {
    const given = environment[name];
    if (given !== undefined && given !== '') {
      values[name] = given;
      continue;
    }
    if (kept[name] === undefined) {
      kept[name] = generate();
      delete kept[shownMark];
    }
    values[name] = kept[name];
  }
  const save = () => writePrivateFile(file, `${JSON.stringify(kept, null, 2)}\n`);
  save();
  return {
    values,
    unseen:
      kept[shownMark] === undefined
        ? Object.keys(generators).filter((name) => values[name] === kept[name])
        : [],
    markShown: () => {
      kept[shownMark] = new Date().toISOString();
      save();
    },
  };
}

/**
 * @param {string} file
 * @returns {Record<string, string>}
 */
function parse(file) {
  try {
    return JSON.parse(readIfPresent(file) ?? '{}');
  } catch {
    // Not overwritten: with the encryption key, everything sealed in the database would be lost.
    throw new Failure(`${file} is not readable JSON.`);
  }
}
