// @ts-check
// `npm run bench -- --broadcasts`: how long it takes to accept a message for all users of an application, with two of them and
// with a million, how many rows that writes, and how long it takes until all of those have it who are connected to one gateway.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { rows, withConnection } from '../../scripts/sql.mjs';
import { startLoad } from './child.mjs';
import { machine, startServers } from './machine.mjs';
import { inParallel, post, startProduct } from './product.mjs';
import { median, quantile, rounded } from './statistics.mjs';

const users = 1_000_000;
const warmUp = 50;
const broadcasts = 500;
/** Of one gateway, unless fewer files may be open, and files that are open besides. */
const sockets = { wanted: 20_000, besides: 500 };
/** Broadcasts that go to all of them, of which the first one compiles. */
const rounds = 6;

/**
 * @param {import('./machine.mjs').Opened} opened
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function measureBroadcasts(opened, log) {
  const servers = await startServers(opened, log);
  const extra = { HOOKLINE_LIMIT_BROADCASTS: 'off' };
  const product = opened.keep(await startProduct({ ...servers, log, extra }), (one) => one.stop());
  const { id, masterKey } = await post(product, product.owner, '/applications', { name: 'Bench' });
  const authorization = `Basic ${Buffer.from(`${id}:${masterKey}`).toString('base64')}`;
  for (const user of ['news', 'reader']) await post(product, authorization, '/users', { id: user });
  const service = await post(product, authorization, '/conversations', { kind: 'system' });
  const send = () =>
    post(product, authorization, `/conversations/${service.id}/broadcasts`, {
      senderId: 'news',
      content: { type: 'text', text: 'To all of you: the kitchen is open again.' },
    });

  const few = await timesOf(send);
  log(`two users: ${said(few)}`);
  await fill(product, id);
  log(`${users} users are there`);
  const many = await timesOf(send);
  log(`${users} users: ${said(many)}`);
  const { number } = await send();
  const written = await rowsOf(product, id, number);
  const load = opened.keep(await startLoad(), (one) => one.stop());
  const live = await timeToSockets(product, load, authorization, send, log);
  const summary = {
    ...machine(),
    users,
    broadcasts,
    ...inMilliseconds('few', few),
    ...inMilliseconds('many', many),
    rows: written,
    ...live,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

/**
 * Straight into the database: to create them one by one would take an hour.
 * @param {import('./product.mjs').Product} product
 * @param {string} application
 */
async function fill({ databaseUrl }, application) {
  await withConnection(databaseUrl, async (connection) => {
    await connection.executeScript(`
      INSERT INTO conversation."user" (application_id, id)
      SELECT '${application}', 'user-' || number FROM generate_series(1, ${users}) AS number;
      ANALYZE conversation."user"`);
    // Its writing is not part of what is measured next.
    await connection.executeScript('CHECKPOINT');
  });
}

/**
 * @param {() => Promise<unknown>} send
 * @returns {Promise<number[]>} ms of each, one after the other
 */
async function timesOf(send) {
  const times = [];
  for (let count = 0; count < warmUp + broadcasts; count++) {
    const begun = performance.now();
    await send();
    if (count >= warmUp) times.push(performance.now() - begun);
  }
  return times;
}

/**
 * Rows that the transaction has written which stored it.
 * @param {import('./product.mjs').Product} product
 * @param {string} application
 * @param {number} number
 */
async function rowsOf({ databaseUrl }, application, number) {
  return withConnection(databaseUrl, async (connection) => {
    const tables = await rows(
      connection,
      `SELECT tablename FROM pg_tables WHERE schemaname = 'conversation' AND tablename <> 'user'`,
    );
    const counts = tables.map(
      ([table]) =>
        `(SELECT count(*) FROM conversation."${String(table)}" AS counted, sent WHERE counted.xmin = sent.writer)`,
    );
    const [[sum] = []] = await rows(
      connection,
      `WITH sent AS (
         SELECT xmin AS writer FROM conversation.broadcast
         WHERE application_id = '${application}' AND number = ${number}
       ) SELECT (${counts.join(' + ')})::int`,
    );
    return Number(sum);
  });
}

/**
 * From the request, and from its answer, until the last of very many sockets has heard it, and how long the gateway keeps another
 * request waiting meanwhile.
 * @param {import('./product.mjs').Product} product
 * @param {Awaited<ReturnType<typeof startLoad>>} load
 * @param {string} authorization
 * @param {() => Promise<unknown>} send
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
async function timeToSockets(product, load, authorization, send, log) {
  const count = Math.min(sockets.wanted, openFiles() - sockets.besides);
  /** @type {import('../load/load.mjs').Member[]} */
  const members = [];
  await inParallel(Array.from({ length: count }), async (_nothing, index) => {
    const { token } = await post(product, authorization, `/users/user-${index + 1}/tokens`, {});
    members[index] = { token, conversationId: '' };
  });
  await load.run({ command: 'hold', url: product.url, members });
  log(`${count} sockets are open`);
  const all = [];
  const afterwards = [];
  const blocked = [];
  for (let round = 0; round < rounds; round++) {
    const { messages: before = 0 } = await load.run({ command: 'heard' });
    const isOver = new AbortController();
    const probing = longestAnswer(product, isOver.signal);
    const begun = performance.timeOrigin + performance.now();
    await send();
    const accepted = performance.timeOrigin + performance.now();
    let heard = await load.run({ command: 'heard' });
    while ((heard['messages'] ?? 0) < before + count) {
      await wait(20);
      heard = await load.run({ command: 'heard' });
    }
    isOver.abort();
    const longest = await probing;
    if (round === 0) continue;
    const lastAt = heard['lastAt'] ?? Number.NaN;
    all.push(lastAt - begun);
    afterwards.push(lastAt - accepted);
    blocked.push(longest);
    log(`all have it after ${rounded(lastAt - begun)} ms; another request took ${rounded(longest)} ms`);
  }
  await load.run({ command: 'release' });
  return {
    sockets: count,
    sentToLastSocketMs: rounded(median(all), 1),
    acceptedToLastSocketMs: rounded(median(afterwards), 1),
    longestAnswerMs: rounded(median(blocked), 1),
  };
}

/**
 * How long the slowest of many requests took, one after the other, that ask the gateway for nothing.
 * @param {import('./product.mjs').Product} product
 * @param {AbortSignal} until
 */
async function longestAnswer({ url }, until) {
  let longest = 0;
  while (!until.aborted) {
    const begun = performance.now();
    await (await fetch(`${url}/health/live`)).text();
    longest = Math.max(longest, performance.now() - begun);
    await wait(2);
  }
  return longest;
}

/** How many files a process may open. */
function openFiles() {
  try {
    const limit = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return Number(limit ?? Infinity);
  } catch {
    return Infinity;
  }
}

/** @param {readonly number[]} times */
function said(times) {
  return `accepted in ${rounded(quantile(times, 0.5), 1)} ms, ${rounded(quantile(times, 0.99), 1)} ms at the 99th percentile`;
}

/**
 * @param {string} name
 * @param {readonly number[]} times
 */
function inMilliseconds(name, times) {
  return {
    [`${name}P50Ms`]: rounded(quantile(times, 0.5), 2),
    [`${name}P99Ms`]: rounded(quantile(times, 0.99), 2),
    [`${name}MaximumMs`]: rounded(Math.max(...times), 2),
  };
}
