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
 * @typedef {object} ProfiledNode
 * @property {number} id
 * @property {{functionName: string, url: string, lineNumber: number}} callFrame
 * @property {number[]} [children]
 */

/**
 * @typedef {object} CpuProfile
 * @property {ProfiledNode[]} nodes
 * @property {number[]} samples
 * @property {number[]} timeDeltas µs
 */

const restful = ['(idle)', '(root)', '(program)'];

/**
 * @param {string} name
 * @param {CpuProfile} profiled
 */
function describe(name, { nodes, samples, timeDeltas }) {
  const owners = ownersOf(nodes);
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]));
  /** @type {Map<string, number>} */
  const packages = new Map();
  /** @type {Map<string, number>} */
  const functions = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const owner = owners.get(id);
    const time = timeDeltas[index] ?? 0;
    if (frame === undefined || owner === undefined || restful.includes(frame.functionName)) continue;
    if (owner.includes('loading')) continue;
    busy += time;
    add(packages, owner, time);
    add(functions, `${frame.functionName || '(anonymous)'} ${fileOf(frame.url)}, for ${owner}`, time);
  }
  const top = (/** @type {Map<string, number>} */ map, /** @type {number} */ count) =>
    [...map]
      .sort(([, one], [, other]) => other - one)
      .slice(0, count)
      .map(([what, time]) => `  ${rounded((time / busy) * 100, 1)} % ${what}`);
  return [
    `${name}: ${rounded(busy / 1e6, 1)} s of JavaScript, without loading the program`,
    ...top(packages, 25),
    ' by function',
    ...top(functions, 40),
    '',
  ].join('\n');
}

/**
 * Who is to answer for a frame: its package, and for native code and Node's own the nearest caller that is neither.
 * @param {ProfiledNode[]} nodes parents stand before their children
 */
function ownersOf(nodes) {
  /** @type {Map<number, string>} */
  const owners = new Map();
  /** @type {Map<number, string>} */
  const inherited = new Map();
  for (const { id, callFrame, children = [] } of nodes) {
    const above = inherited.get(id) ?? 'node and V8 themselves';
    const isLoading = /internal\/(modules|bootstrap)/.test(callFrame.url);
    const owner = above === 'loading' || isLoading ? 'loading' : (packageOf(callFrame.url) ?? above);
    owners.set(id, owner);
    for (const child of children) inherited.set(child, owner);
  }
  return owners;
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
function fileOf(url) {
  return url.replace('file://', '').replace(root, '') || 'native';
}

/** @param {string} url */
function packageOf(url) {
  const file = fileOf(url);
  const [, library] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  const [own] = /^dist\/(?:apps|libs)\/[^/]+/.exec(file) ?? [];
  return library ?? own;
}
