// @ts-check
// W1, repetition by repetition: every contestant in turn, each after a look at the machine's speed.
import { setTimeout as wait } from 'node:timers/promises';
import { cpuOf } from './cpu.mjs';
import { backlog } from './product.mjs';
import { probe } from './probe.mjs';
import { median } from './statistics.mjs';

export const shape = { groups: 20, groupSize: 10, senders: 2 };

/** A repetition counts when the probe before it is no further than this from the run's median. */
const tolerance = 0.25;
export const enough = 3;
/** How long (s) a repetition waits for others to leave the machine alone. */
const calmPatience = 6;
/** Seconds before the first round in which every contestant runs, so that its code is compiled. */
const heating = 3;

/**
 * @typedef {object} Lag of the durable side
 * @property {number} outbox entries that were not published when the load ended
 * @property {number} outboxSeconds until there were none; NaN: not within the time given
 * @property {number} outboxLeft
 * @property {number} jobs of the consumers that had not run when the load ended
 * @property {number} seconds until everything was at rest
 * @property {number} jobsLeft
 */

/**
 * @typedef {object} Repetition
 * @property {string} contestant
 * @property {number} probeMs
 * @property {number} perSecond messages that were acknowledged and delivered to everybody else
 * @property {number} missing deliveries that never came: then the repetition is invalid
 * @property {number} refused
 * @property {number} ackP50Ms
 * @property {number} ackP99Ms
 * @property {Record<string, number>} cpu CPU seconds per 1,000 messages, by process
 * @property {Lag | null} lag of the product
 */

/**
 * @typedef {object} Race
 * @property {import('./floors.mjs').Contestant[]} contestants the product last
 * @property {import('./product.mjs').Product} product
 * @property {Record<string, number>} serverPids
 * @property {Awaited<ReturnType<typeof import('./child.mjs').startLoad>>} load
 * @property {number} warmUp s
 * @property {number} seconds measured
 * @property {number} budget s, after which no round begins
 * @property {number} rounds at least
 * @property {number} patience s, in which the durable side may come to rest
 * @property {import('../../scripts/process-output.mjs').Log} log
 */

/** @param {Race} race @returns {Promise<Repetition[]>} all of them, also those that do not count */
export async function measureThroughput(race) {
  const begin = performance.now();
  /** @type {Repetition[]} */
  const repetitions = [];
  /** @type {number[]} */
  const probes = [];
  for (const { url, members, hearsItself } of race.contestants) {
    await race.load.run({
      command: 'groups',
      url,
      members,
      groupSize: shape.groupSize,
      senders: shape.senders,
      hearsItself,
      warmUp: heating,
      seconds: 0,
    });
  }
  await comeToRest(race.product, race.patience);
  let longest = 0;
  for (let round = 1; ; round++) {
    const roundBegin = performance.now();
    for (const contestant of race.contestants) repetitions.push(await repeat(race, contestant, probes));
    longest = Math.max(longest, performance.now() - roundBegin);
    const isDone = race.contestants.every(({ name }) => valid(repetitions, name).length >= enough);
    if (round >= race.rounds && isDone) return repetitions;
    if ((performance.now() - begin + longest) / 1000 > race.budget) return repetitions;
  }
}

/**
 * The repetitions that count: complete, and at the usual speed of the machine.
 * @param {readonly Repetition[]} repetitions
 * @param {string} name
 */
export function valid(repetitions, name) {
  const usual = median(repetitions.map(({ probeMs }) => probeMs));
  return complete(repetitions, name).filter(({ probeMs }) => Math.abs(probeMs - usual) <= tolerance * usual);
}

/**
 * Those in which everything arrived, also the disturbed ones.
 * @param {readonly Repetition[]} repetitions
 * @param {string} name
 */
export function complete(repetitions, name) {
  return repetitions.filter(
    ({ contestant, missing, refused }) => contestant === name && missing + refused === 0,
  );
}

/**
 * Looks at the machine's speed, again while somebody else seems to use it.
 * @param {number[]} seen of the run so far, ms; grows
 */
async function probeWhenCalm(seen) {
  const deadline = performance.now() + calmPatience * 1000;
  for (;;) {
    const probeMs = await probe();
    seen.push(probeMs);
    const fastest = median([...seen].sort((one, other) => one - other).slice(0, 3));
    if (probeMs <= (1 + tolerance) * fastest || performance.now() > deadline) return probeMs;
    await wait(500);
  }
}

/**
 * @param {Race} race
 * @param {import('./floors.mjs').Contestant} contestant
 * @param {number[]} probes
 * @returns {Promise<Repetition>}
 */
async function repeat(race, { name, url, pids, hearsItself, members }, probes) {
  const { load, warmUp, seconds, serverPids, product, log } = race;
  const probeMs = await probeWhenCalm(probes);
  const watched = { ...pids, ...serverPids, load: load.pid };
  /** @type {Record<string, Record<string, number>>} */
  const snapshots = {};
  const result = await load.run(
    {
      command: 'groups',
      url,
      members,
      groupSize: shape.groupSize,
      senders: shape.senders,
      hearsItself,
      warmUp,
      seconds,
    },
    (window) => {
      snapshots[window] = cpuOf(watched);
    },
  );
  const lag = name === 'product' ? await comeToRest(product, race.patience) : null;
  const { inWindow = 0, missing = 0, refused = 0, ackP50Ms = Number.NaN, ackP99Ms = Number.NaN } = result;
  const cpu = Object.fromEntries(
    Object.keys(watched).map((process) => {
      const used =
        (snapshots['end']?.[process] ?? Number.NaN) - (snapshots['begin']?.[process] ?? Number.NaN);
      return [process, (used / inWindow) * 1000];
    }),
  );
  const perSecond = Math.min(result['acknowledgedPerSecond'] ?? 0, result['deliveredPerSecond'] ?? 0);
  const complaint =
    missing + refused === 0 ? '' : ` INVALID missing ${missing} refused ${refused} ${result['firstRefusal']}`;
  log(
    `${name}: ${Math.round(perSecond)} messages/s, acknowledged in ${ackP50Ms.toFixed(1)} / ${ackP99Ms.toFixed(1)} ms, ` +
      `probe ${Math.round(probeMs)} ms${lag === null ? '' : `, outbox ${lag.outbox} and jobs ${lag.jobs} gone after ${lag.seconds.toFixed(1)} s`}${complaint}`,
  );
  return { contestant: name, probeMs, perSecond, missing, refused, ackP50Ms, ackP99Ms, cpu, lag };
}

/**
 * @param {import('./product.mjs').Product} product
 * @param {number} patience s
 * @returns {Promise<Lag>}
 */
async function comeToRest(product, patience) {
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1000;
  const first = await backlog(product);
  let state = first;
  let outboxSeconds = state.outbox === 0 ? 0 : Number.NaN;
  while (state.outbox + state.conversations + state.jobs > 0 && elapsed() < patience) {
    await wait(100);
    state = await backlog(product);
    if (state.outbox === 0 && Number.isNaN(outboxSeconds)) outboxSeconds = elapsed();
  }
  const { outbox, jobs } = first;
  return { outbox, outboxSeconds, outboxLeft: state.outbox, jobs, seconds: elapsed(), jobsLeft: state.jobs };
}
