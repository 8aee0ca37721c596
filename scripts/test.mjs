// @ts-check
// `npm test`: set-up, static checks, migrations against the schema, every test, and a minute of chaos;
// `npm test -- <jest arguments>` chooses among the tests, and so runs no chaos, `npm test -- --no-checks <jest arguments>`
// runs nothing but tests, `npm test -- --no-chaos` all the rest.
import { temporaryDataDirectory } from './data-directory.mjs';
import { continueUnderPinnedNode } from './node24.mjs';
import { explain, progress } from './process-output.mjs';
import {
  checkMigrations,
  hostSharedWorld,
  runChaos,
  runChecks,
  runJest,
  startServers,
} from './run-tests.mjs';
import { ensureSetUp } from './setup.mjs';
import { whenAskedToStop } from './stop-requests.mjs';

const log = progress;
const ownOptions = ['--no-checks', '--no-chaos'];

/** @type {(() => Promise<void> | void)[]} undone in reverse order */
const openings = [];

async function close() {
  for (const undo of openings.splice(0).reverse()) await undo();
}

/** @returns {Promise<import('./run-tests.mjs').Tally[]>} */
async function test() {
  const jestArguments = process.argv.slice(2).filter((argument) => !ownOptions.includes(argument));
  const withChecks = !process.argv.includes('--no-checks');
  const withChaos = jestArguments.length === 0 && !process.argv.includes('--no-chaos');
  /** @type {import('./run-tests.mjs').Tally[]} */
  const tallies = [];
  if (withChecks) tallies.push(await runChecks());

  const data = temporaryDataDirectory();
  openings.push(data.remove);
  const servers = await startServers(data.path, log);
  openings.push(servers.stop);
  if (withChecks) tallies.push(await checkMigrations(servers.databaseUrl, log));
  const dataDirectory = data.path;
  const shared = await hostSharedWorld({ ...servers, dataDirectory });
  openings.push(shared.stop);
  tallies.push(await runJest({ ...servers, sharedUrl: shared.url, args: jestArguments, dataDirectory }));
  // It brings servers of its own, and wants the machine for itself.
  await close();
  if (withChaos) tallies.push(await runChaos(log));
  return tallies;
}

/** @param {readonly import('./run-tests.mjs').Tally[]} tallies */
function report(tallies) {
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  process.exitCode = failed > 0 ? 1 : 0;
  // The last line of all, read by other programs: not before what was written on stderr.
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
}

async function main() {
  whenAskedToStop(() => process.exit(1));
  await ensureSetUp({ log });
  await continueUnderPinnedNode();
  let isInterrupted = false;
  whenAskedToStop(() => {
    if (isInterrupted) return;
    isInterrupted = true;
    log('stopping');
    void close().finally(() => process.exit(1));
  });
  const tallies = await test();
  await close();
  report(tallies);
}

main().catch(async (error) => {
  log(`the tests could not be run: ${explain(error)}`);
  await close().catch(() => undefined);
  report([{ passed: 0, failed: 1 }]);
});
