// @ts-check
// `npm run chaos -- --minutes 10 --seed 7`: kills and pauses processes under load, then checks every promise of the send
// path. The last line on stdout is JSON; the exit code is 0 only when every count of errors in it is 0.
import { parseArgs } from 'node:util';
import { continueUnderPinnedNode } from '../../scripts/node24.mjs';
import { explain, progress } from '../../scripts/process-output.mjs';
import { ensureSetUp } from '../../scripts/setup.mjs';
import { whenAskedToStop } from '../../scripts/stop-requests.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Names of processes, with commas between them: nothing else is disturbed. */
    only: { type: 'string', default: '' },
    /** How many of the faults are pauses instead of kills, from 0 to 1. */
    pauses: { type: 'string', default: '0.25' },
    /** Keeps the data folder even when nothing was found. */
    keep: { type: 'boolean', default: false },
  },
});

async function main() {
  whenAskedToStop(() => process.exit(1));
  await ensureSetUp();
  await continueUnderPinnedNode();
  const { readTypescript } = await import('../harness/typescript.mjs');
  readTypescript();
  const { runChaos } = await import('./run-chaos.js');
  const interruption = new AbortController();
  whenAskedToStop(() => interruption.abort());
  const options = {
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    only: values.only.split(',').filter((name) => name !== ''),
    pauseShare: Number(values.pauses),
    keep: values.keep,
  };
  const { line, failed } = await runChaos(options, interruption.signal);
  process.stdout.write(`${line}\n`);
  return failed ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    progress(`chaos could not be run: ${explain(error)}`);
    process.exit(2);
  },
);
