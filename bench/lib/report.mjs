// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { machine } from './machine.mjs';
import { median, rounded } from './statistics.mjs';
import { complete, enough, valid } from './throughput.mjs';

/** @typedef {import('./throughput.mjs').Repetition} Repetition */

const folder = fileURLToPath(new URL('../results/', import.meta.url));
const names = ['floorA', 'floorB', 'floorC', 'floorD', 'product'];
const titles = {
  floorA: 'a: one process, socket.io + group commit',
  floorB: 'b: gateway and storage over NATS',
  floorC: 'c: b with what honesty needs',
  floorD: 'd: c with coalesced hops',
  product: 'Hookline',
};

/** @param {readonly Repetition[]} repetitions @param {string} name */
function statisticsOf(repetitions, name) {
  // Too few of them: better all the complete ones, and said so, than a number by chance.
  const undisturbed = valid(repetitions, name);
  const isDisturbed = undisturbed.length < enough;
  const kept = isDisturbed ? complete(repetitions, name) : undisturbed;
  const speeds = kept.map(({ perSecond }) => perSecond);
  const processes = Object.keys(kept[0]?.cpu ?? {});
  const cpu = Object.fromEntries(
    processes.map((process) => [
      process,
      rounded(median(kept.map((repetition) => repetition.cpu[process] ?? Number.NaN)), 4),
    ]),
  );
  const served = kept.map((repetition) =>
    Object.entries(repetition.cpu).reduce((sum, [process, used]) => sum + (process === 'load' ? 0 : used), 0),
  );
  return {
    kept: kept.length,
    isDisturbed,
    discarded: repetitions.filter(({ contestant }) => contestant === name).length - kept.length,
    perSecond: rounded(median(speeds)),
    range: [rounded(Math.min(...speeds)), rounded(Math.max(...speeds))],
    ackP50Ms: rounded(median(kept.map(({ ackP50Ms }) => ackP50Ms)), 2),
    ackP99Ms: rounded(median(kept.map(({ ackP99Ms }) => ackP99Ms)), 2),
    cpuSecondsPer1000: rounded(median(served), 3),
    cpuByProcess: cpu,
  };
}

/** @param {readonly Repetition[]} repetitions @returns {string} one line of JSON */
export function summaryLine(repetitions) {
  const [floorA, floorB, floorC, floorD, product] = names.map((name) => statisticsOf(repetitions, name));
  const w1 = product?.perSecond ?? Number.NaN;
  return JSON.stringify({
    w1,
    floorA: floorA?.perSecond,
    floorB: floorB?.perSecond,
    floorC: floorC?.perSecond,
    floorD: floorD?.perSecond,
    ratioB: rounded(w1 / (floorB?.perSecond ?? Number.NaN), 3),
    ratioC: rounded(w1 / (floorC?.perSecond ?? Number.NaN), 3),
    ackP50Ms: product?.ackP50Ms,
    ackP99Ms: product?.ackP99Ms,
    cpuSecondsPer1000: product?.cpuSecondsPer1000,
  });
}

/**
 * @param {object} outcome
 * @param {readonly Repetition[]} outcome.repetitions
 * @param {{latency: object[], memory: object} | null} outcome.gentle
 * @param {number} outcome.startSeconds from the first process of the product to all of them ready
 * @param {boolean} outcome.isQuick
 */
export async function writeResults({ repetitions, gentle, startSeconds, isQuick }) {
  mkdirSync(folder, { recursive: true });
  const name = isQuick ? 'quick' : 'full';
  const throughput = Object.fromEntries(names.map((each) => [each, statisticsOf(repetitions, each)]));
  const date = new Date().toISOString().slice(0, 16);
  const outcome = {
    date,
    machine: machine(),
    startSeconds: rounded(startSeconds, 1),
    throughput,
    gentle,
    repetitions,
  };
  writeFileSync(
    `${folder}${name}.json`,
    await format(JSON.stringify(outcome), { parser: 'json', printWidth: 110 }),
  );
  writeFileSync(`${folder}${name}.md`, table(outcome));
}

/**
 * @param {{date: string, machine: ReturnType<typeof machine>, throughput: Record<string, ReturnType<typeof statisticsOf>>,
 *   gentle: {latency: object[], memory: object} | null, startSeconds: number, repetitions: readonly Repetition[]}} outcome
 */
function table({ date, machine: on, throughput, gentle, startSeconds, repetitions }) {
  const lags = repetitions.flatMap(({ lag }) => (lag === null ? [] : [lag]));
  const speed = throughput['product']?.perSecond ?? Number.NaN;
  const lines = [
    `# Bench of ${date} UTC`,
    '',
    `${on.cores} cores, ${on.memoryGiB} GiB, Node ${on.node}. Medians of the repetitions that count, with their range.`,
    '',
    '## W1',
    '',
    '| | messages/s | range | Hookline : this | ack p50 ms | ack p99 ms | CPU s per 1,000 | counted | discarded |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...Object.entries(throughput).map(
      ([name, measured]) =>
        `| ${titles[/** @type {keyof typeof titles} */ (name)]} | ${measured.perSecond} | ${measured.range.join(' to ')} | ` +
        `${rounded(speed / measured.perSecond, 2)} | ${measured.ackP50Ms} | ${measured.ackP99Ms} | ${measured.cpuSecondsPer1000} | ` +
        `${measured.kept}${measured.isDisturbed ? ' (disturbed ones too)' : ''} | ${measured.discarded} |`,
    ),
    '',
    'CPU seconds per 1,000 messages by process (`load` is the generator, not counted above):',
    '',
    ...Object.entries(throughput).map(
      ([name, { cpuByProcess }]) =>
        `- ${name}: ${Object.entries(cpuByProcess)
          .map(([process, used]) => `${process} ${used}`)
          .join(', ')}`,
    ),
    '',
    `Outbox when the load ends: ${each(lags, 'outbox')} entries; empty after ${each(lags, 'outboxSeconds')} s; left: ` +
      `${each(lags, 'outboxLeft')}. Jobs of the consumers: ${each(lags, 'jobs')}; at rest after ${each(lags, 'seconds')} s; ` +
      `left: ${each(lags, 'jobsLeft')}.`,
    `Start of the five processes: ${startSeconds} s.`,
    '',
  ];
  if (gentle === null) return lines.join('\n');
  return [
    ...lines,
    '## W2',
    '',
    '```json',
    ...gentle.latency.map((point) => JSON.stringify(point)),
    '```',
    '',
    '## W3',
    '',
    '```json',
    JSON.stringify(gentle.memory),
    '```',
    '',
  ].join('\n');
}

/**
 * @param {readonly import('./throughput.mjs').Lag[]} lags
 * @param {keyof import('./throughput.mjs').Lag} what
 */
function each(lags, what) {
  return lags.map((lag) => rounded(lag[what], 1)).join(', ');
}
