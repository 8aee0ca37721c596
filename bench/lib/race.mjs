// @ts-check
import { startLoad } from './child.mjs';
import { startFloors } from './floors.mjs';
import { measureLatency, measureMemory } from './gentle.mjs';
import { startServers } from './machine.mjs';
import { populate, startProduct } from './product.mjs';
import { summaryLine, writeResults } from './report.mjs';
import { measureThroughput, shape } from './throughput.mjs';

/**
 * @param {import('./machine.mjs').Opened} opened
 * @param {boolean} isQuick
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function race(opened, isQuick, log) {
  const servers = await startServers(opened, log);
  const floors = await startFloors(servers, opened, shape);
  const startBegin = performance.now();
  const product = opened.keep(await startProduct({ ...servers, log }), (one) => one.stop());
  const startSeconds = (performance.now() - startBegin) / 1000;
  const members = await populate(product, shape.groups, shape.groupSize);
  const load = opened.keep(await startLoad(), (one) => one.stop());
  const { url, pids } = product;
  const repetitions = await measureThroughput({
    contestants: [...floors, { name: 'product', url, pids, hearsItself: true, members }],
    product,
    serverPids: servers.pids,
    load,
    log,
    rounds: isQuick ? 3 : 5,
    warmUp: isQuick ? 1.5 : 3,
    seconds: isQuick ? 4 : 8,
    budget: isQuick ? 190 : 900,
    patience: isQuick ? 15 : 90,
  });
  const gentle = isQuick
    ? null
    : { latency: await measureLatency(product, load, log), memory: await measureMemory(product, load, log) };
  await writeResults({ repetitions, gentle, startSeconds, isQuick });
  process.stdout.write(`${summaryLine(repetitions)}\n`);
}
