// @ts-check
import { join } from 'node:path';
import { launchApp, waitUntilReady } from './app-process.mjs';
import { root } from './node24.mjs';

/** Tiers of the supervisor, in the order of starting. */
export const tiers = { postgres: 0, nats: 1, app: 2, gateway: 3, playground: 4 };

export const innerApps = ['hook-engine', 'conversation', 'push-notification', 'webhook-delivery'];

/**
 * PostgreSQL or NATS, as the supervisor wants it. Credentials stay out of what is shown and listed.
 * @param {'postgres' | 'nats'} name
 * @param {import('./postgres.mjs').Server} server
 * @returns {import('./supervisor.mjs').Service}
 */
export function serverService(name, { url, logFile, launch }) {
  const { protocol, host } = new URL(url);
  return { name, tier: tiers[name], logFile, url: `${protocol}//${host}`, privateUrl: undefined, launch };
}

/**
 * The server beside the playground page: it moderates by a hook, like any customer of Hookline.
 * @param {object} options
 * @param {number} options.port
 * @param {readonly string[]} options.gateways their URLs
 * @param {string} options.installationKey
 * @param {string} options.dataDirectory
 * @param {import('./process-output.mjs').Log} options.log
 * @returns {import('./supervisor.mjs').Service}
 */
export function playgroundService({ port, gateways, installationKey, dataDirectory, log }) {
  return nodeService({
    name: 'playground',
    tier: tiers.playground,
    url: undefined,
    entry: join(root, 'playground', 'server', 'server.mjs'),
    privateUrl: `http://127.0.0.1:${port}`,
    environment: {
      PATH: process.env['PATH'],
      PORT: String(port),
      HOOKLINE_URL: gateways[0],
      HOOKLINE_INSTALLATION_KEY: installationKey,
      PLAYGROUND_KEYS: join(dataDirectory, 'playground.json'),
      PLAYGROUND_ORIGINS: gateways.flatMap((url) => [url, url.replace('127.0.0.1', 'localhost')]).join(','),
    },
    dataDirectory,
    log,
  });
}

/**
 * @param {object} options
 * @param {string} options.name of the process; `gateway-2` runs the app gateway
 * @param {string} options.app
 * @param {number} options.privatePort
 * @param {number} [options.port] for clients
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {string} options.dataDirectory
 * @param {import('./process-output.mjs').Log} options.log
 * @returns {import('./supervisor.mjs').Service}
 */
export function appService({ name, app, privatePort, port, environment, dataDirectory, log }) {
  const url = port === undefined ? undefined : `http://127.0.0.1:${port}`;
  // The gateway has one door: its /health is beside the API.
  const privateUrl = url ?? `http://127.0.0.1:${privatePort}`;
  return nodeService({
    name,
    tier: port === undefined ? tiers.app : tiers.gateway,
    url,
    entry: join(root, 'dist', 'apps', app, 'main.js'),
    environment: {
      ...environment,
      HOOKLINE_PRIVATE_PORT: String(privatePort),
      ...(port === undefined ? {} : { PORT: String(port) }),
    },
    privateUrl,
    dataDirectory,
    log,
  });
}

/**
 * A process of ours that says at /health/ready when it can be used.
 * @param {object} options
 * @param {string} options.name
 * @param {number} options.tier
 * @param {string} options.entry the file to run
 * @param {string | undefined} options.url
 * @param {string} options.privateUrl
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {string} options.dataDirectory
 * @param {import('./process-output.mjs').Log} options.log
 * @returns {import('./supervisor.mjs').Service}
 */
function nodeService({ name, tier, entry, url, privateUrl, environment, dataDirectory, log }) {
  const logFile = join(dataDirectory, 'logs', `${name}.log`);
  const description = { name, entry, environment, privateUrl, logFile, log };
  return {
    name,
    tier,
    logFile,
    url,
    privateUrl,
    launch: () => {
      const running = launchApp(description);
      const ready = waitUntilReady(description, running).then(running.speakUp);
      // Until somebody waits for it, its failure is nobody's.
      ready.catch(() => undefined);
      return Promise.resolve(Object.assign(running, { ready }));
    },
    ready: (running) => /** @type {{ready?: Promise<void>}} */ (running).ready ?? Promise.resolve(),
  };
}
