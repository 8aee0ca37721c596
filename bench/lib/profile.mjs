// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLoad } from './child.mjs';
import { startServers } from './machine.mjs';
import { populate, startProduct } from './product.mjs';
import { rounded } from './statistics.mjs';
import { shape } from './throughput.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * W1 against the product with V8's profiler on: self time by function and by package, of gateway and conversation.
 * @param {import('./machine.mjs').Opened} opened
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function profile(opened, log) {
  const servers = await startServers(opened, log);
  const folder = join(servers.dataDirectory, 'logs');
  const extra = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-interval=1000` };
  const product = await startProduct({ ...servers, log, extra });
  try {
    const members = await populate(product, shape.groups, shape.groupSize);
    const load = opened.keep(await startLoad(), (one) => one.stop());
    const { url } = product;
    const { groupSize, senders } = shape;
    const result = await load.run({
      command: 'groups',
      url,
      members,
      groupSize,
      senders,
      hearsItself: true,
      warmUp: 2,
      seconds: 20,
    });
    log(JSON.stringify(result));
  } finally {
    await product.stop();
  }
  for (const name of ['gateway', 'conversation']) {
    const pid = product.pids[name];
    const file = readdirSync(folder).find((each) => new RegExp(`^CPU\\.\\d+\\.\\d+\\.${pid}\\.`).test(each));
    if (file === undefined) log(`there is no profile of ${name}`);
    else process.stdout.write(describe(name, JSON.parse(readFileSync(join(folder, file), 'utf8'))));
  }
}

/**
 * @typedef {object} CpuProfile
 * @property {{id: number, callFrame: {functionName: string, url: string, lineNumber: number}}[]} nodes
 * @property {number[]} samples
 * @property {number[]} timeDeltas
 */

/**
 * @param {string} name
 * @param {CpuProfile} profiled
 */
function describe(name, { nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  /** @type {Map<string, number>} */
  const functions = new Map();
  /** @type {Map<string, number>} */
  const places = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    if (frame === undefined || ['(idle)', '(root)', '(program)'].includes(frame.functionName)) {
      if (frame?.functionName === '(program)') add(places, '(program)', time);
      continue;
    }
    busy += time;
    const place = placeOf(frame.url);
    add(places, place.package, time);
    add(functions, `${frame.functionName || '(anonymous)'} ${place.file}:${frame.lineNumber + 1}`, time);
  }
  const top = (/** @type {Map<string, number>} */ map, /** @type {number} */ count) =>
    [...map]
      .sort(([, one], [, other]) => other - one)
      .slice(0, count)
      .map(([what, time]) => `  ${rounded((time / busy) * 100, 1)} % ${what}`);
  return [
    `${name}: ${rounded(busy / 1e6, 1)} s of JavaScript`,
    ...top(places, 25),
    ' by function',
    ...top(functions, 45),
    '',
  ].join('\n');
}

/**
 * @param {Map<string, number>} map
 * @param {string} key
 * @param {number} time
 */
function add(map, key, time) {
  map.set(key, (map.get(key) ?? 0) + time);
}

/** @param {string} url */
function placeOf(url) {
  const file = url.replace('file://', '').replace(root, '');
  if (file === '') return { file: 'native', package: 'V8 and native' };
  if (file.startsWith('node:')) return { file, package: 'node' };
  const [, library = ''] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  const [own = file] = /^dist\/(?:apps|libs)\/[^/]+/.exec(file) ?? [];
  return { file, package: library || own };
}
