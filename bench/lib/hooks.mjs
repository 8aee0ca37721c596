// @ts-check
// `npm run bench -- --hooks`: what a hook adds to a message, and what one application's hanging hook does to another, compared
// with a hook that answers, and with none.
import { startChild, startLoad } from './child.mjs';
import { machine, startServers } from './machine.mjs';
import { populate, startProduct } from './product.mjs';
import { median, rounded } from './statistics.mjs';
import { shape } from './throughput.mjs';

const rounds = 3;
/** Pairs of which each sends two messages a second. */
const pairs = 100;
const rate = 2;

/**
 * @param {import('./machine.mjs').Opened} opened
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function measureHooks(opened, log) {
  const servers = await startServers(opened, log);
  const stop = (/** @type {{stop: () => Promise<void>}} */ one) => one.stop();
  const extra = { HOOKLINE_OUTGOING_ALLOW: '127.0.0.0/8' };
  const product = opened.keep(await startProduct({ ...servers, log, extra }), stop);
  const endpoint = opened.keep(await startChild('hooks/endpoint.mjs'), stop);
  const load = opened.keep(await startLoad(), stop);
  const beside = opened.keep(await startLoad(), stop);
  const [plain, hooked, hanging, neighbour] = [
    await populate(product, pairs, 2),
    await populate(product, pairs, 2, { hook: `${endpoint.url}/` }),
    await populate(product, pairs, 2, { hook: `${endpoint.url}/hang` }),
    await populate(product, shape.groups, shape.groupSize),
  ];
  const { url } = product;
  /** @param {import('../load/load.mjs').Member[]} members @param {number} seconds */
  const steadily = (members, seconds) =>
    /** @type {const} */ ({ command: 'pairs', url, members, rate, warmUp: 2, seconds });

  const overhead = [];
  for (let round = 0; round <= rounds; round++) {
    const without = await load.run(steadily(plain, 10));
    const withHook = await load.run(steadily(hooked, 10));
    // The first round compiles.
    if (round === 0) continue;
    overhead.push({ without, withHook });
    log(`acknowledged without: ${milliseconds(without)}; with a hook: ${milliseconds(withHook)}`);
  }

  const throughput = /** @type {const} */ ({
    command: 'groups',
    url,
    members: neighbour,
    groupSize: shape.groupSize,
    senders: shape.senders,
    hearsItself: true,
    warmUp: 2,
    seconds: 6,
  });
  /** @type {{without: number, besideWorking: number, besideHanging: number}[]} */
  const isolation = [];
  for (let round = 0; round <= rounds; round++) {
    // The same messages beside it in all three cases, so that the hook alone makes the difference.
    const without = await besides(beside.run(steadily(plain, 8)), load.run(throughput));
    const besideWorking = await besides(beside.run(steadily(hooked, 8)), load.run(throughput));
    const besideHanging = await besides(beside.run(steadily(hanging, 8)), load.run(throughput));
    if (round === 0) continue;
    isolation.push({
      without: perSecond(without),
      besideWorking: perSecond(besideWorking),
      besideHanging: perSecond(besideHanging),
    });
    log(`neighbour: ${JSON.stringify(isolation.at(-1))} messages/s`);
  }
  /** @param {(one: typeof isolation[number]) => number} of */
  const ratio = (of) => rounded(median(isolation.map(of)), 3);
  const summary = {
    ...machine(),
    overheadP50Ms: difference(overhead, 'ackP50Ms'),
    overheadP99Ms: difference(overhead, 'ackP99Ms'),
    hangingToWorking: ratio(({ besideWorking, besideHanging }) => besideHanging / besideWorking),
    hangingToNone: ratio(({ without, besideHanging }) => besideHanging / without),
    refused: overhead.reduce((sum, { withHook }) => sum + (withHook['refused'] ?? 0), 0),
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

/**
 * @param {Promise<unknown>} background
 * @param {Promise<Record<string, number>>} measured
 */
async function besides(background, measured) {
  const [, result] = await Promise.all([background, measured]);
  return result;
}

/** @param {Record<string, number>} result */
function perSecond(result) {
  return rounded(result['acknowledgedPerSecond'] ?? Number.NaN);
}

/** @param {Record<string, number>} result */
function milliseconds(result) {
  return `${rounded(result['ackP50Ms'] ?? Number.NaN, 1)} / ${rounded(result['ackP99Ms'] ?? Number.NaN, 1)} ms`;
}

/**
 * @param {readonly {without: Record<string, number>, withHook: Record<string, number>}[]} overhead
 * @param {string} what
 */
function difference(overhead, what) {
  const each = overhead.map(
    ({ without, withHook }) => (withHook[what] ?? Number.NaN) - (without[what] ?? Number.NaN),
  );
  return rounded(median(each), 2);
}
