// @ts-check
// The parts of `npm test`; each tells how much of it passed and failed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './node24.mjs';
import { migrate, migrationDrift } from './migrate.mjs';
import { startNats } from './nats.mjs';
import { startPostgres } from './postgres.mjs';
import { readIfPresent } from './private-files.mjs';
import { createDatabase } from './sql.mjs';

/** @typedef {{passed: number, failed: number}} Tally */

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM');
});

/**
 * Runs a script under this Node, its output going where this process's goes.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<{code: number, output: string}>} output: what it wrote on stdout
 */
function run(args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      // The pipe (3) is never written to: its end tells who watches it that this process is gone.
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      env: { ...process.env, ...environment },
    });
    children.add(child);
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      children.delete(child);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** @returns {Promise<Tally>} */
export async function runChecks() {
  const { code, output } = await run(['scripts/check.mjs']);
  const summary = /checks: (\d+) passed, (\d+) failed/.exec(output);
  const tally = { passed: Number(summary?.[1] ?? 0), failed: Number(summary?.[2] ?? 1) };
  // Whatever it says, its exit code counts too.
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/**
 * A short run of test/chaos: the same victims in the same order every time. What it found stays in a folder that it names.
 * @param {import('./process-output.mjs').Log} log
 * @returns {Promise<Tally>}
 */
export async function runChaos(log) {
  const { code } = await run(['test/chaos/chaos.mjs', '--minutes', '1', '--seed', '1'], {
    HOOKLINE_PARENT_PIPE: '3',
  });
  const tally = code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  log(`chaos: ${tally.passed} passed, ${tally.failed} failed`);
  return tally;
}

/**
 * Servers for the tests, with a migrated database `hookline_template` to clone.
 * @param {string} dataDirectory
 * @param {import('./process-output.mjs').Log} log
 */
export async function startServers(dataDirectory, log) {
  const [postgres, nats] = await Promise.all([
    startPostgres({ dataDirectory, log, fast: true, database: 'postgres' }),
    startNats({ dataDirectory, log }),
  ]);
  const template = new URL(postgres.url);
  template.pathname = '/hookline_template';
  await createDatabase(postgres.url, 'hookline_template');
  await migrate({ databaseUrl: template.href, log: () => undefined });
  return {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    stop: async () => {
      await Promise.all([nats.stop(), postgres.stop()]);
    },
  };
}

/**
 * The platform that test files share (test/harness/shared-world.ts), started when the first of them asks for it.
 * @param {{databaseUrl: string, dataDirectory: string}} options
 */
export async function hostSharedWorld({ databaseUrl, dataDirectory }) {
  process.env['HOOKLINE_TEST_DATABASE_URL'] = databaseUrl;
  process.env['NODE_COMPILE_CACHE'] = join(dataDirectory, 'compiled');
  // Only the pinned Node can.
  const { readTypescript } = await import('../test/harness/typescript.mjs');
  readTypescript();
  const shared = await import('../test/harness/shared-host.js');
  return await shared.hostSharedWorld();
}

/**
 * @param {string} databaseUrl
 * @param {import('./process-output.mjs').Log} log
 * @returns {Promise<Tally>}
 */
export async function checkMigrations(databaseUrl, log) {
  const drift = await migrationDrift({ databaseUrl });
  if (drift === '') return { passed: 1, failed: 0 };
  log(
    `prisma/migrations do not lead to prisma/schema; what is missing (node scripts/migrate.mjs --diff):\n${drift}`,
  );
  return { passed: 0, failed: 1 };
}

/**
 * @param {object} options
 * @param {readonly string[]} options.args for jest
 * @param {string} options.dataDirectory
 * @param {string} options.databaseUrl
 * @param {string} options.natsUrl
 * @param {string} options.sharedUrl
 * @returns {Promise<Tally>}
 */
export async function runJest({ args, dataDirectory, databaseUrl, natsUrl, sharedUrl }) {
  const results = join(dataDirectory, 'jest-results.json');
  const { code } = await run(
    [
      // The product is made of ES modules, and its tests load it as such.
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      ...[join('node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${results}`, ...args],
    ],
    {
      HOOKLINE_TEST_DATABASE_URL: databaseUrl,
      HOOKLINE_TEST_NATS_URL: natsUrl,
      HOOKLINE_TEST_SHARED_WORLD: sharedUrl,
    },
  );
  const outcome = JSON.parse(readIfPresent(results) ?? '{}');
  const passed = Number(outcome.numPassedTests ?? 0);
  // A file that could not even be loaded has no failed test in it.
  const failed = Number(outcome.numFailedTests ?? 0) + Number(outcome.numRuntimeErrorTestSuites ?? 0);
  const isBroken = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: isBroken ? 1 : failed };
}
