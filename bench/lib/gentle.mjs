// @ts-check
// W2 and W3: the product alone, far from its limits.
import { setTimeout as wait } from 'node:timers/promises';
import { residentKibibytes } from './cpu.mjs';
import { populate } from './product.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./child.mjs').startLoad>>} Load */

/**
 * W2: 250 pairs, each 1 message/s; then each 2, which is the point of 500 messages/s. Three times each.
 * @param {import('./product.mjs').Product} product
 * @param {Load} load
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function measureLatency(product, load, log) {
  const members = await populate(product, 250, 2);
  const points = [];
  for (let repetition = 1; repetition <= 3; repetition++) {
    for (const rate of [1, 2]) {
      const result = await load.run({
        command: 'pairs',
        url: product.url,
        members,
        rate,
        warmUp: 3,
        seconds: 10,
      });
      log(`W2, ${rate * 250} messages/s: ${JSON.stringify(result)}`);
      points.push({ target: rate * 250, ...result });
    }
  }
  return points;
}

/**
 * W3: what an idle connection costs in the gateway, beyond the first thousand.
 * @param {import('./product.mjs').Product} product
 * @param {Load} load
 * @param {import('../../scripts/process-output.mjs').Log} log
 */
export async function measureMemory(product, load, log) {
  const total = 10_000;
  const members = await populate(product, 0, total);
  const gateway = product.pids['gateway'] ?? 0;
  const points = [];
  let from = 0;
  for (const to of [1_000, 5_000, total]) {
    const { held = 0 } = await load.run({
      command: 'hold',
      url: product.url,
      members: members.slice(from, to),
    });
    // What the handshakes left behind is collected in idle time.
    await wait(15_000);
    points.push({ connections: held, kibibytes: residentKibibytes(gateway) });
    log(`W3, ${held} connections: ${residentKibibytes(gateway)} KiB`);
    from = to;
  }
  await load.run({ command: 'release' });
  const [first, last] = [points[0], points.at(-1)];
  const perConnection =
    ((last?.kibibytes ?? Number.NaN) - (first?.kibibytes ?? Number.NaN)) /
    ((last?.connections ?? Number.NaN) - (first?.connections ?? Number.NaN));
  return { points, kibibytesPerConnection: perConnection };
}
