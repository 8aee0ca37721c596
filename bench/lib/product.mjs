// @ts-check
// The product as it is deployed: its five processes from the build, in their default configuration.
import { randomBytes } from 'node:crypto';
import { freePort } from '../../scripts/ports.mjs';
import { appService, innerApps } from '../../scripts/services.mjs';
import { rows, withConnection } from '../../scripts/sql.mjs';

/** Requests on their way at the same time while users are made. */
const parallel = 20;

/**
 * @typedef {object} ProductOptions
 * @property {string} databaseUrl
 * @property {string} natsUrl
 * @property {string} dataDirectory
 * @property {import('../../scripts/process-output.mjs').Log} log
 * @property {NodeJS.ProcessEnv} [extra] environment of the apps, besides what is needed
 */

/** @typedef {Awaited<ReturnType<typeof startProduct>>} Product */

/** @param {ProductOptions} options */
export async function startProduct({ databaseUrl, natsUrl, dataDirectory, log, extra = {} }) {
  const installationKey = `hli_${randomBytes(24).toString('hex')}`;
  const environment = {
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    HOOKLINE_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    HOOKLINE_INSTALLATION_KEY: installationKey,
    ...extra,
  };
  const port = await freePort();
  const services = [];
  for (const app of [...innerApps, 'gateway']) {
    const door = app === 'gateway' ? { port } : {};
    const privatePort = await freePort();
    services.push(appService({ name: app, app, privatePort, ...door, environment, dataDirectory, log }));
  }
  const running = await Promise.all(
    services.map(async (service) => ({ service, process: await service.launch() })),
  );
  const stop = async () => {
    await Promise.all(running.map(({ process: app }) => app.stop()));
  };
  try {
    await Promise.all(running.map(({ service, process: app }) => service.ready?.(app)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pids: Object.fromEntries(running.map(({ service, process: app }) => [service.name, app.pid])),
    owner: `Bearer ${installationKey}`,
    stop,
    databaseUrl,
  };
}

/**
 * @param {Product} product
 * @param {string} authorization
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function post({ url }, authorization, path, body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * An application of its own with conversations of equal size; whoever is in one stands together in the answer.
 * @param {Product} product
 * @param {number} conversations 0: users without any
 * @param {number} size users per conversation
 * @param {{hook?: string, webhook?: string}} [options] the URLs of a `messageReceived` hook and of a webhook
 * @returns {Promise<import('../load/load.mjs').Member[]>}
 */
export async function populate(product, conversations, size, { hook, webhook } = {}) {
  const { id, masterKey } = await post(product, product.owner, '/applications', { name: 'Bench' });
  const authorization = `Basic ${Buffer.from(`${id}:${masterKey}`).toString('base64')}`;
  if (hook !== undefined)
    await post(product, authorization, '/hooks', { name: 'messageReceived', url: hook });
  if (webhook !== undefined)
    await post(product, authorization, '/webhooks', { url: webhook, concurrency: 64 });
  const users = Array.from({ length: Math.max(conversations, 1) * size }, (_each, index) => `user-${index}`);
  /** @type {import('../load/load.mjs').Member[]} */
  const members = [];
  await inParallel(users, async (user, index) => {
    await post(product, authorization, '/users', { id: user });
    const { token } = await post(product, authorization, `/users/${user}/tokens`, {});
    members[index] = { token, conversationId: '' };
  });
  await inParallel(Array.from({ length: conversations }), async (_nothing, index) => {
    const those = users.slice(index * size, (index + 1) * size);
    const { id: conversationId } = await post(product, authorization, '/conversations', {
      members: those.map((userId) => ({ userId })),
    });
    for (const member of members.slice(index * size, (index + 1) * size))
      member.conversationId = conversationId;
  });
  return members;
}

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item, index: number) => Promise<void>} work
 */
export async function inParallel(items, work) {
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const [index, item] of queue) await work(item, index);
    }),
  );
}

const consumers = ['hook_engine', 'push_notification', 'webhook_delivery'];

/**
 * How much the durable side has not done yet: events that are not in the stream, conversations that a consumer has not
 * taken over to their end, jobs that have not run.
 * @param {Product} product
 */
export async function backlog({ databaseUrl }) {
  const behind = consumers.map(
    (schema) =>
      `head.last_seq > coalesce((SELECT last_seq FROM ${schema}.inbox_lane WHERE lane = head.conversation_key), 0)`,
  );
  const jobs = ['hook_engine.job', 'push_notification.job', 'webhook_delivery.delivery'].map(
    (table) => `(SELECT count(*) FROM ${table} WHERE state = 'pending')`,
  );
  return withConnection(databaseUrl, async (connection) => {
    const [row] = await rows(
      connection,
      `SELECT (SELECT count(*)::int FROM conversation.outbox_entry WHERE published_at IS NULL),
        (SELECT count(*)::int FROM conversation.conversation_head AS head WHERE ${behind.join(' OR ')}),
        (${jobs.join(' + ')})::int`,
    );
    return { outbox: Number(row?.[0]), conversations: Number(row?.[1]), jobs: Number(row?.[2]) };
  });
}
