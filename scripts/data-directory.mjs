// @ts-check
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Root's PostgreSQL runs as the user postgres, who must get through the data folder to its own.
const mode = process.getuid?.() === 0 ? 0o711 : 0o700;

/** @param {string} dataDirectory */
export function ensureDataDirectory(dataDirectory) {
  if (!existsSync(dataDirectory)) mkdirSync(dataDirectory, { recursive: true, mode });
  mkdirSync(join(dataDirectory, 'logs'), { recursive: true, mode: 0o700 });
}

/** A data folder for one test run. */
export function temporaryDataDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'hookline-'));
  chmodSync(path, mode);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
