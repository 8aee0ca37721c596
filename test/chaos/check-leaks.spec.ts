import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDataDirectory } from '../../scripts/data-directory.mjs';
import { TestDatabase } from '../harness/database.js';
import { checkStored } from './check-leaks.js';
import { Wording } from './wording.js';

const wording = new Wording(7);
const data = temporaryDataDirectory();
let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.clone();
});
afterAll(async () => {
  await database.drop();
  data.remove();
});

async function findings(): Promise<string[]> {
  const found: string[] = [];
  await checkStored(database, data.path, wording, (kind, what) => found.push(`${kind}: ${what}`));
  return found;
}

test('finds nothing where nothing is', async () => {
  writeFileSync(join(data.path, 'log'), wording.rawWord.slice(1));
  expect(await findings()).toEqual([]);
});

test('finds a raw text in any table, as text and as bytes, and in any file', async () => {
  await database.sql(
    `INSERT INTO hook_engine.inbox_entry (lane, seq, payload) VALUES (1, 1, $1)`,
    JSON.stringify({ text: wording.raw('ann-1', 'drop') }),
  );
  await database.sql(
    `INSERT INTO conversation.event (conversation_key, seq, id, type, "binary", created_at)
     VALUES (1, 1, gen_random_uuid(), 'message', convert_to($1, 'UTF8'), now())`,
    wording.raw('ann-1', 'rewrite'),
  );
  const folder = join(data.path, 'nats', 'store');
  mkdirSync(folder, { recursive: true });
  // Across the border of two portions in which files are read.
  writeFileSync(join(folder, 'block'), `${' '.repeat(1024 * 1024 - 4)}${wording.rawWord}`);

  expect((await findings()).toSorted()).toEqual([
    'leaked: raw text in a file',
    'leaked: raw text in conversation.event',
    'leaked: raw text in hook_engine.inbox_entry',
  ]);
});
