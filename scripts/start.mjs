// @ts-check
// `npm start`: the whole of Hookline on this machine, each part a process of its own.
import { join, resolve } from 'node:path';
import { credentials } from './credentials.mjs';
import { ensureDataDirectory } from './data-directory.mjs';
import { migrate } from './migrate.mjs';
import { prepareNats } from './nats.mjs';
import { continueUnderPinnedNode, root } from './node24.mjs';
import { freePort, publicPort } from './ports.mjs';
import { preparePostgres } from './postgres.mjs';
import { Failure, explain, progress } from './process-output.mjs';
import { claimDataDirectory, runtimeFile } from './runtime-files.mjs';
import { appService, innerApps, playgroundService, serverService } from './services.mjs';
import { ensureSetUp } from './setup.mjs';
import { whenAskedToStop } from './stop-requests.mjs';
import { Supervisor } from './supervisor.mjs';
import { welcome } from './welcome.mjs';

const log = progress;
const environment = process.env;

/** @type {(() => Promise<void> | void)[]} undone in reverse order */
const openings = [];
let isClosing = false;

/**
 * Stops whatever has been started and ends this process.
 * @param {number} exitCode
 */
async function close(exitCode) {
  if (isClosing) return;
  isClosing = true;
  let code = exitCode;
  for (const undo of openings.reverse()) {
    try {
      await undo();
    } catch (error) {
      log(`while stopping: ${explain(error)}`);
      code = 1;
    }
  }
  process.exit(code);
}

/** @param {NodeJS.ProcessEnv} from */
function gatewayCount({ HOOKLINE_GATEWAYS: text }) {
  const count = Number(text === undefined || text === '' ? 1 : text);
  if (Number.isInteger(count) && count >= 1 && count <= 32) return count;
  throw new Failure(`HOOKLINE_GATEWAYS must be a number from 1 to 32, but is ${JSON.stringify(text)}.`);
}

/**
 * The embedded server unless the environment names another.
 * @param {string | undefined} given
 * @param {() => Promise<import('./postgres.mjs').Server>} prepare
 * @returns {Promise<{url: string, server: import('./postgres.mjs').Server | undefined}>}
 */
async function serverFor(given, prepare) {
  if (given !== undefined && given !== '') return { url: given, server: undefined };
  const server = await prepare();
  return { url: server.url, server };
}

async function start() {
  const dataDirectory = resolve(environment['HOOKLINE_DATA_DIR'] || join(root, '.hookline'));
  ensureDataDirectory(dataDirectory);
  openings.push(await claimDataDirectory(dataDirectory));
  const count = gatewayCount(environment);
  const ports = [await publicPort(environment['PORT'])];
  while (ports.length < count) ports.push(await freePort());
  const { values: keys, unseen, markShown } = credentials(dataDirectory, environment);

  const postgres = await serverFor(environment['DATABASE_URL'], () =>
    preparePostgres({ dataDirectory, log }),
  );
  const nats = await serverFor(environment['NATS_URL'], () => prepareNats({ dataDirectory, log }));

  const runtime = runtimeFile(dataDirectory);
  openings.push(runtime.remove);
  const startedAt = new Date().toISOString();
  const gateways = ports.map((port) => `http://127.0.0.1:${port}`);
  const supervisor = new Supervisor({
    log,
    onChange: () =>
      runtime.write({
        supervisor: { pid: process.pid, startedAt },
        processes: supervisor.processes,
        gateways,
        databaseUrl: postgres.url,
        natsUrl: nats.url,
      }),
  });
  openings.push(() => supervisor.stop());

  if (postgres.server || nats.server) log('starting PostgreSQL and NATS');
  await Promise.all([
    postgres.server && supervisor.start(serverService('postgres', postgres.server)),
    nats.server && supervisor.start(serverService('nats', nats.server)),
  ]);
  await migrate({ databaseUrl: postgres.url, log });

  log(`starting ${[...innerApps, 'gateway'].join(', ')}`);
  const playgroundPort = await freePort();
  const shared = {
    dataDirectory,
    log,
    environment: {
      NODE_ENV: 'production',
      // On one's own machine, hooks and webhooks are on one's own machine.
      HOOKLINE_OUTGOING_ALLOW: '127.0.0.0/8,::1/128',
      HOOKLINE_PLAYGROUND_URL: `http://127.0.0.1:${playgroundPort}`,
      HOOKLINE_FILES_DIR: join(dataDirectory, 'files'),
      ...environment,
      ...keys,
      DATABASE_URL: postgres.url,
      NATS_URL: nats.url,
    },
  };
  const apps = [...innerApps.map((app) => ({ name: app, app })), ...gatewayNames(ports)];
  await Promise.all(
    apps.map(async (app) =>
      supervisor.start(appService({ ...shared, ...app, privatePort: await freePort() })),
    ),
  );
  process.stdout.write(welcome({ gateways, keys, unseen, dataDirectory }));
  markShown();
  // After the line that others wait for: a message can be sent without it.
  const installationKey = keys['HOOKLINE_INSTALLATION_KEY'] ?? '';
  const service = playgroundService({ port: playgroundPort, gateways, installationKey, dataDirectory, log });
  await supervisor.start(service).catch((error) => {
    log(`there is no playground: ${explain(error)}`);
  });
}

/** @param {readonly number[]} ports */
function gatewayNames(ports) {
  return ports.map((port, index) => ({
    name: index === 0 ? 'gateway' : `gateway-${index + 1}`,
    app: 'gateway',
    port,
  }));
}

async function main() {
  whenAskedToStop(() => process.exit(0));
  await ensureSetUp({ log });
  await continueUnderPinnedNode();
  whenAskedToStop(() => {
    if (!isClosing) log('stopping');
    void close(0);
  });
  await start();
}

main().catch((error) => {
  // What fails because everything is being stopped is no news.
  if (!isClosing) log(`hookline could not start: ${explain(error)}`);
  void close(1);
});
