import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Tables } from '../harness/tables.js';
import type { Report } from './findings.js';
import type { ReceivedCall, RunRecords } from './records.js';
import type { Wording } from './wording.js';

/**
 * What senders wrote is stored nowhere: the hook had other plans for all of it.
 *
 * @param dataDirectory with PostgreSQL's cluster and log, the streams of NATS, and the apps' logs
 */
export async function checkStored(
  tables: Tables,
  dataDirectory: string,
  { rawWord }: Wording,
  report: Report,
): Promise<void> {
  for (const found of await tables.rowsWith(rawWord)) {
    report('leaked', `raw text in ${found.table}`, found.row.slice(0, 2_000));
  }
  for (const file of filesBelow(dataDirectory)) {
    const at = await positionIn(file, Buffer.from(rawWord, 'utf8'));
    if (at !== undefined) report('leaked', 'raw text in a file', { file, at });
  }
}

type Heard = Pick<RunRecords, 'clients' | 'secondHookCalls' | 'webhookCalls' | 'afterHookCalls'>;

/** Nobody hears it either, but for the hook that rewrites it. */
export function checkTexts(
  { clients, secondHookCalls, webhookCalls, afterHookCalls }: Heard,
  { rawWord }: Wording,
  report: Report,
): void {
  for (const client of clients) {
    for (const heard of client.heard) {
      if (JSON.stringify(heard.event).includes(rawWord))
        report('leaked', 'raw text heard', { client: client.name, heard });
    }
  }
  const receivers: [string, readonly ReceivedCall<unknown>[]][] = [
    ['second hook', secondHookCalls],
    ['webhook', webhookCalls],
    ['after-hook', afterHookCalls],
  ];
  for (const [receiver, calls] of receivers) {
    for (const { text } of calls) {
      if (text.includes(rawWord)) report('leaked', `raw text told to the ${receiver}`, text);
    }
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Where the word stands first. Files that vanish meanwhile hold nothing any more. */
async function positionIn(file: string, word: Buffer): Promise<number | undefined> {
  let rest = Buffer.alloc(0);
  let offset = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      const searched = Buffer.concat([rest, chunk as Buffer]);
      const at = searched.indexOf(word);
      if (at >= 0) return offset - rest.length + at;
      offset += (chunk as Buffer).length;
      rest = Buffer.from(searched.subarray(Math.max(0, searched.length - word.length + 1)));
    }
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
