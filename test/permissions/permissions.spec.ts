import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WireError } from '#contracts/errors.js';
import type { Operation } from '#contracts/rest/operation.js';
import { operations } from '#contracts/rest/operations.js';
import { socketCommands, type SocketCommandName } from '#contracts/sockets.js';
import { ConnectionRefused, type Client } from '../harness/client.js';
import { requestOf } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';
import { commands, requests, Stage, type Situation, type UserName } from './situations.js';
import { callers, rowsOf, table, type CallerName, type Row } from './table.js';

let world: SharedWorld;
let stage: Stage;
/** For whoever is refused, and whoever only reads: nobody changes it. */
const unchanged = new Map<CallerName, Situation>();
const clients = new Map<CallerName, Client>();

beforeAll(async () => {
  world = await SharedWorld.attach();
  stage = await Stage.of(world);
  for (const caller of callers) unchanged.set(caller, await stage.situation(caller));
  for (const name of Object.keys(stage.users)) {
    clients.set(name as CallerName, await stage.users[name as UserName].connect());
  }
});
afterAll(() => world.close());

const rows = rowsOf(table);
const titled = (ofSockets: boolean): [string, Row][] =>
  rows
    .filter(({ name }) => name in socketCommands === ofSockets)
    .map((row) => [row.variant === undefined ? row.name : `${row.name}/${row.variant}`, row]);

/** What is allowed changes something: it gets a situation of its own. */
function situationFor({ variant, expected }: Row, caller: CallerName, reads: boolean): Promise<Situation> {
  if (variant === undefined && (reads || expected[caller] !== 'allowed'))
    return Promise.resolve(unchanged.get(caller)!);
  return stage.situation(caller, variant);
}

async function called(title: string, row: Row, caller: CallerName): Promise<string> {
  const operation = operations[row.name as keyof typeof operations] as Operation;
  const situation = await situationFor(row, caller, operation.method === 'get');
  const { parameters, query, body, raw, headers } =
    (requests[title] ?? requests[row.name])?.(situation) ?? {};
  const request = requestOf(operation, {
    as: stage.authorizationOf(caller),
    parameters: { ...situation.names, ...parameters },
    ...(query !== undefined && { query }),
    ...(body !== undefined && { body }),
  });
  const answer = await world.rest({
    ...request,
    ...(raw !== undefined && { raw }),
    ...(headers && { headers }),
    ...(caller === 'stranger' && { authorization: undefined }),
  });
  return answer.status < 300 ? 'allowed' : (answer.body as WireError).code;
}

async function commanded(row: Row, caller: CallerName): Promise<string> {
  const client = clients.get(caller);
  if (client === undefined) return refusedSocket(caller);
  const { names } = await situationFor(row, caller, false);
  const command = row.name as SocketCommandName;
  const answer = await client.call<{ ok: boolean; error?: WireError }>(command, commands[row.name]!(names));
  return answer.error?.code ?? 'allowed';
}

/** Keys are no tokens: no socket is let in by them. */
async function refusedSocket(caller: CallerName): Promise<string> {
  const token = stage.authorizationOf(caller).authorization.split(' ').at(-1) ?? '';
  try {
    await world.connect(0, { token });
    return 'allowed';
  } catch (error) {
    return error instanceof ConnectionRefused ? error.error.code : String(error);
  }
}

async function outcomesOf(outcome: (caller: CallerName) => Promise<string>): Promise<Row['expected']> {
  const outcomes: [CallerName, string][] = [];
  for (const caller of callers) outcomes.push([caller, await outcome(caller)]);
  return Object.fromEntries(outcomes) as Row['expected'];
}

describe('who may do what is as the table says, allowed and refused', () => {
  test('the table has every operation and every command, and no other', () => {
    const all = [...Object.keys(operations), ...Object.keys(socketCommands)];
    expect([...new Set(rows.map(({ name }) => name))].toSorted()).toEqual(all.toSorted());
  });

  // First, because sessions and tokens are ended at last.
  test.each(titled(true))('%s', async (_title, row) => {
    expect(await outcomesOf((caller) => commanded(row, caller))).toEqual(row.expected);
  });

  test.each(titled(false))('%s', async (title, row) => {
    expect(await outcomesOf((caller) => called(title, row, caller))).toEqual(row.expected);
  });
});
