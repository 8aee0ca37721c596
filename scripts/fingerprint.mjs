// @ts-check
// Decides whether a step of the set-up has to be done again, by the contents of what it reads.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * All files below the given files and folders, sorted. What does not exist is left out.
 * @param {string} base
 * @param {readonly string[]} paths relative to base
 * @param {(path: string) => boolean} [wanted]
 * @returns {string[]} relative to base
 */
export function filesBelow(base, paths, wanted = () => true) {
  /** @type {string[]} */
  const files = [];
  for (const path of paths) {
    try {
      for (const entry of readdirSync(join(base, path), { withFileTypes: true })) {
        const child = join(path, entry.name);
        if (entry.isDirectory()) files.push(...filesBelow(base, [child], wanted));
        else if (wanted(child)) files.push(child);
      }
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'ENOTDIR') files.push(path);
      else if (code !== 'ENOENT') throw error;
    }
  }
  return files.sort();
}

/**
 * @param {string} base
 * @param {readonly string[]} files
 * @param {readonly string[]} [alsoDependsOn] other words that the result depends on
 */
export function fingerprint(base, files, alsoDependsOn = []) {
  const hash = createHash('sha256');
  for (const word of alsoDependsOn) hash.update(`${word}\0`);
  for (const file of files) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(base, file)));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} stampFile
 * @returns {{fingerprint: string, files: string[]} | undefined}
 */
export function readStamp(stampFile) {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Written last and by renaming, so that an interrupted step never looks done.
 * @param {string} stampFile
 * @param {{fingerprint: string, files: string[]}} stamp
 */
export function writeStamp(stampFile, stamp) {
  mkdirSync(dirname(stampFile), { recursive: true });
  const unfinished = `${stampFile}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(stamp));
  renameSync(unfinished, stampFile);
}
