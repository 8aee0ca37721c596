import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { TestDatabase } from '../harness/database.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** One execution of one statement by one of the apps, as PostgreSQL ran it. */
export interface Execution {
  readonly app: string;
  readonly statement: string;
  /** Scans of whole tables. */
  readonly scanned: readonly string[];
  /** Rows that scans looked at, whether or not they were what was wanted. */
  readonly rows: number;
  /** Pages that scans looked at: an index read from end to end shows here, however few rows it gives. */
  readonly pages: number;
  /** Rows answered or changed. */
  readonly returned: number;
  readonly plan: PlanNode;
}

/** From now on every new connection of an app leaves the plans of all it does in the server's log. */
export async function recordPlans(database: TestDatabase): Promise<void> {
  const settings = {
    log_line_prefix: '%a|',
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_format': 'json',
    // What constraints ask behind a statement counts as well.
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_parameter_max_length': '0',
  };
  for (const [name, value] of Object.entries(settings))
    await database.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  await database.sql('SELECT pg_reload_conf()');
}

/** Of the apps alone; what a test asks itself is left out. */
export function executions(logFile: string): Execution[] {
  const found: Execution[] = [];
  for (const entry of entriesOf(logFile)) {
    const [, app, json] =
      /^hookline-([\w-]+)\|LOG: {2}duration: [^\n]*plan:\n((?:\t[^\n]*\n)+)/.exec(entry) ?? [];
    if (app === undefined || json === undefined) continue;
    // The server indents every line of a message after the first; line breaks within texts are escaped.
    const { 'Query Text': text, Plan: plan } = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode };
    const statement = text.replaceAll(/\s+/g, ' ').trim();
    found.push({ app, statement, plan, ...examined(plan), returned: returnedBy(plan) });
  }
  return found;
}

/** Piece by piece: the log of a busy machine is longer than a string may be. */
function* entriesOf(logFile: string): Generator<string> {
  const file = openSync(logFile, 'r');
  try {
    const piece = Buffer.alloc(16 * 1024 * 1024);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
      const entries = (rest + decoder.write(piece.subarray(0, length))).split(
        /^(?=\S*\|LOG: {2}duration: )/m,
      );
      rest = entries.pop() ?? '';
      yield* entries;
    }
    yield rest;
  } finally {
    closeSync(file);
  }
}

/** One row per life of a gateway: never many. */
const small = ['gateway_lease'];

/** Statements that look at so many rows however few of them they answer: the members of a conversation, a portion to sweep. */
const lookedAt = [
  { beginning: 'WITH concerned AS', rows: 500 },
  { beginning: 'WITH oldest AS', rows: 1_000 },
  // Counts no more than so many who attend a room, and looks up the session of each.
  { beginning: 'SELECT CASE conversation.kind', rows: 10_000 },
  // Queues as many again, which it does not answer.
  { beginning: 'WITH gap AS', rows: 10_000 },
  // Halves 100 timelines.
  { beginning: 'SELECT conversation.number, conversation.key, place.begin_seq', rows: 1_000 },
];

function withWhatIsLookedAt(execution: Execution): Execution {
  const known = lookedAt.find(({ beginning }) => execution.statement.startsWith(beginning));
  return { ...execution, returned: execution.returned + (known?.rows ?? 0) };
}

/** @returns what is wrong with each statement, once */
export function faulty(seen: readonly Execution[]): string[] {
  return [...Map.groupBy(seen, ({ app, statement }) => `${app}: ${statement}`)].flatMap(
    ([statement, ran]) => {
      const wrong = ran
        .map(withWhatIsLookedAt)
        .map(faults)
        .find((found) => found.length > 0);
      return wrong === undefined ? [] : [`${wrong.join(', ')}\n${statement}`];
    },
  );
}

/** @returns what is wrong with an execution, in words; nothing for a good one */
function faults({ scanned, rows, pages, returned }: Execution): string[] {
  return [
    ...scanned
      .filter((relation) => !small.includes(relation))
      .map((relation) => `reads the whole of ${relation}`),
    ...(rows > 2_000 + 8 * returned ? [`looks at ${String(rows)} rows for ${String(returned)}`] : []),
    ...(pages > 1_000 + 12 * returned
      ? [`looks at ${String(pages)} pages for ${String(returned)} rows`]
      : []),
  ];
}

function examined(node: PlanNode): Pick<Execution, 'scanned' | 'rows' | 'pages'> {
  const below = (node.Plans ?? []).map(examined);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const isScan = node['Node Type'].endsWith('Scan') && ('Relation Name' in node || 'Index Name' in node);
  const perLoop =
    (node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0);
  const own = pagesOf(node) - sum((node.Plans ?? []).map(pagesOf));
  return {
    scanned: [
      ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '?'] : []),
      ...below.flatMap(({ scanned }) => scanned),
    ],
    rows:
      (isScan ? Math.round(perLoop * (node['Actual Loops'] ?? 0)) : 0) + sum(below.map(({ rows }) => rows)),
    pages: (isScan ? Math.max(own, 0) : 0) + sum(below.map(({ pages }) => pages)),
  };
}

function pagesOf(node: PlanNode): number {
  return (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0);
}

/** A change without RETURNING answers nothing: what it was given counts. */
function returnedBy(node: PlanNode): number {
  const below = node.Plans ?? [];
  const given = node['Node Type'] === 'ModifyTable' ? below.map(rowsOf) : [];
  return Math.max(rowsOf(node), ...given, ...below.flatMap(changes).map(returnedBy));
}

/** The changes that a statement makes aside, in its WITH. */
function changes(node: PlanNode): readonly PlanNode[] {
  return node['Node Type'] === 'ModifyTable' ? [node] : (node.Plans ?? []).flatMap(changes);
}

function rowsOf(node: PlanNode): number {
  return Math.round((node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 0));
}
