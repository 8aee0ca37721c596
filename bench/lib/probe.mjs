// @ts-check
// A fixed piece of work on two threads at once: how fast is this machine right now? Virtual machines change by a factor of
// two within minutes, and a second core may be busy with somebody else's work.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

function work() {
  const begin = performance.now();
  const block = Buffer.alloc(1 << 20, 7);
  let text = '';
  for (let round = 0; round < 150; round++) {
    text = createHash('sha256').update(block).update(text).digest('hex');
    for (let index = 0; index < 2_000; index++)
      text = JSON.stringify({ text: JSON.stringify(text.slice(0, 64)) });
  }
  return performance.now() - begin;
}

/** @returns {Promise<number>} ms; the slower of the two */
export async function probe() {
  const times = await Promise.all(
    [1, 2].map(
      () =>
        new Promise((/** @type {(time: number) => void} */ resolve, reject) => {
          const worker = new Worker(fileURLToPath(import.meta.url));
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  return Math.max(...times);
}

if (!isMainThread) parentPort?.postMessage(work());
