// @ts-check
// `npm run bench -- --webhooks`: how long after it was stored an event has arrived at a webhook, what one that hangs takes from
// its neighbour, and how many signed deliveries a second there are, with the log of attempts.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { eventStreamSubject } from '#contracts/stream.js';
import { rows, withConnection } from '../../scripts/sql.mjs';
import { startChild, startLoad } from './child.mjs';
import { cpuOf } from './cpu.mjs';
import { machine, startServers } from './machine.mjs';
import { populate, post, startProduct } from './product.mjs';
import { median, rounded } from './statistics.mjs';

/** Pairs of which each sends four messages a second: 500 in all. */
const pairs = 125;
const rate = 4;
const rounds = 3;
const waitingDeliveries = 100_000;
/** Of the last part: events, and conversations that they are of. */
const flood = { events: 40_000, lanes: 500, perMessage: 100, filler: 'x'.repeat(250) };
/** Of webhooks that get them. */
const kinds = {
  v1: { signatures: ['v1'] },
  'v1+v1a': { signatures: ['v1', 'v1a'] },
  batches: { signatures: ['v1'], format: { kind: 'batch', size: 100, lingerMs: 50 } },
};
const patience = 60;

/** @typedef {{count: number, seconds: number, p50Ms: number, p99Ms: number}} Report */

/**
 * @param {import('./machine.mjs').Opened} opened
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function measureWebhooks(opened, log) {
  const servers = await startServers(opened, log);
  const stop = (/** @type {{stop: () => Promise<void>}} */ one) => one.stop();
  const extra = { HOOKLINE_OUTGOING_ALLOW: '127.0.0.0/8' };
  const product = opened.keep(await startProduct({ ...servers, log, extra }), stop);
  const receiver = opened.keep(await startChild('hooks/receiver.mjs'), stop);
  const load = opened.keep(await startLoad(), stop);
  const members = await populate(product, pairs, 2, { webhook: `${receiver.url}/` });
  const hanging = await hangingWebhook(product, `${receiver.url}/hang`);

  const steadily = async () => {
    receiver.child.send('begin');
    await load.run({ command: 'pairs', url: product.url, members, rate, warmUp: 2, seconds: 8 });
    return report(receiver);
  };
  /** @type {Report[]} */
  const without = [];
  /** @type {Report[]} */
  const beside = [];
  for (let round = 0; round <= rounds; round++) {
    await enable(product, hanging, false);
    const alone = await steadily();
    await enable(product, hanging, true);
    const together = await steadily();
    // The first round compiles.
    if (round === 0) continue;
    without.push(alone);
    beside.push(together);
    log(`published to received, p99: ${alone.p99Ms} ms; beside one that hangs: ${together.p99Ms} ms`);
  }
  await enable(product, hanging, false);

  /** @type {Record<string, {perSecond: number, cpuSecondsPer1000: object}>} */
  const deliveries = {};
  for (const [name, options] of Object.entries(kinds)) {
    const { id, masterKey } = await post(product, product.owner, '/applications', { name: 'Flood' });
    const webhook = { url: `${receiver.url}/`, concurrency: 64, ...options };
    await post(product, basic(id, masterKey), '/webhooks', webhook);
    deliveries[name] = await measureFlood(servers, product, receiver, id);
    log(`${name}: ${deliveries[name].perSecond} deliveries/s`);
  }
  /** @param {Report[]} reports @param {'p50Ms' | 'p99Ms'} what */
  const middle = (reports, what) => rounded(median(reports.map((one) => one[what])), 1);
  const summary = {
    ...machine(),
    deliveriesPerSecond: deliveries['v1']?.perSecond,
    batchedRatio: rounded((deliveries['batches']?.perSecond ?? 0) / (deliveries['v1']?.perSecond ?? 0), 2),
    deliveries,
    receivedP50Ms: middle(without, 'p50Ms'),
    receivedP99Ms: middle(without, 'p99Ms'),
    neighbourP99Ms: middle(beside, 'p99Ms'),
    neighbourRatio: rounded(
      median(beside.map(({ p99Ms }, round) => p99Ms / (without[round]?.p99Ms ?? Number.NaN))),
      2,
    ),
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

/**
 * Events straight into the stream, and of the product only what delivers them: the rest would cost more than that.
 * @param {import('./machine.mjs').Servers} servers
 * @param {import('./product.mjs').Product} product
 * @param {Awaited<ReturnType<typeof startChild>>} receiver
 * @param {string} applicationId
 */
async function measureFlood({ natsUrl, pids }, product, receiver, applicationId) {
  const idle = ['conversation', 'hook-engine', 'push-notification', 'gateway'].map(
    (name) => product.pids[name] ?? 0,
  );
  const { host, username, password } = new URL(natsUrl);
  const connection = await connect({ servers: host, user: username, pass: password });
  // They stand still; the stream keeps their events for them.
  for (const pid of idle) process.kill(pid, 'SIGSTOP');
  const measured = { ...pids, webhookDelivery: product.pids['webhook-delivery'] ?? 0 };
  try {
    receiver.child.send('begin');
    const before = cpuOf(measured);
    const client = jetstream(connection);
    const key = 1_000_000_000 + Math.floor(Math.random() * 1_000_000_000);
    for (let first = 0; first < flood.events; first += flood.perMessage) {
      const lines = Array.from({ length: flood.perMessage }, (_each, index) =>
        JSON.stringify(eventOf(applicationId, key, first + index)),
      );
      await client.publish(eventStreamSubject, lines.join('\n'));
    }
    let came = await report(receiver);
    for (let second = 0; came.count < flood.events && second < patience; second++) {
      await wait(1_000);
      came = await report(receiver);
    }
    const after = cpuOf(measured);
    const perThousand = Object.entries(after).map(([name, seconds]) => [
      name,
      rounded(((seconds - (before[name] ?? 0)) * 1_000) / came.count, 3),
    ]);
    if (came.count < flood.events) throw new Error(`Of ${flood.events} events ${came.count} came`);
    return {
      perSecond: rounded(came.count / came.seconds),
      cpuSecondsPer1000: Object.fromEntries(perThousand),
    };
  } finally {
    for (const pid of idle) process.kill(pid, 'SIGCONT');
    await connection.close();
  }
}

/** @param {string} applicationId @param {number} key @param {number} index */
function eventOf(applicationId, key, index) {
  const lane = index % flood.lanes;
  return {
    applicationId,
    conversationKey: String(key + lane),
    conversationKind: 'group',
    audience: { kind: 'everyone' },
    origin: { address: null, dialect: 'native' },
    event: {
      id: randomUUID(),
      conversationId: `flood-${lane}`,
      seq: Math.floor(index / flood.lanes) + 1,
      timestamp: Date.now(),
      type: 'message',
      senderId: 'tom',
      content: { type: 'text', text: flood.filler },
    },
  };
}

/**
 * A webhook of another application with very much that waits.
 * @param {import('./product.mjs').Product} product
 * @param {string} url
 * @returns {Promise<string>}
 */
async function hangingWebhook(product, url) {
  const { id, masterKey } = await post(product, product.owner, '/applications', { name: 'Hangs' });
  const webhook = await post(product, basic(id, masterKey), '/webhooks', {
    url,
    concurrency: 64,
    enabled: false,
  });
  await withConnection(product.databaseUrl, async (connection) => {
    await connection.executeScript(`
      INSERT INTO webhook_delivery.delivery (endpoint_id, lane, conversation_key, seq, event_id, type, payload)
      SELECT '${webhook.id}', number, number, 1, gen_random_uuid(), 'message', '{"text":"${'x'.repeat(500)}"}'
      FROM generate_series(1, ${waitingDeliveries}) AS number;
      INSERT INTO webhook_delivery.delivery_lane (endpoint_id, lane)
      SELECT endpoint_id, lane FROM webhook_delivery.delivery WHERE endpoint_id = '${webhook.id}';
      ANALYZE webhook_delivery.delivery`);
  });
  return String(webhook.id);
}

/**
 * As its owner would, and as if it had never been away, so that each turn begins with all of its connections.
 * @param {import('./product.mjs').Product} product
 * @param {string} id
 * @param {boolean} isEnabled
 */
async function enable({ databaseUrl }, id, isEnabled) {
  await withConnection(databaseUrl, async (connection) => {
    await rows(
      connection,
      `UPDATE webhook_delivery.endpoint_state SET paused_until = NULL, pause_reason = NULL, failures = 0, openings = 0
       WHERE endpoint_id = '${id}' RETURNING 1`,
    );
    await rows(
      connection,
      `UPDATE webhook_delivery.webhook_endpoint SET enabled = ${isEnabled}, version = version + 1 WHERE id = '${id}' RETURNING 1`,
    );
  });
}

/** @param {string} id @param {string} key */
function basic(id, key) {
  return `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`;
}

/** @param {Awaited<ReturnType<typeof startChild>>} receiver @returns {Promise<Report>} */
async function report({ child }) {
  child.send('report');
  const [said] = await once(child, 'message');
  return said;
}
