// @ts-check
// A receiver of webhooks that costs next to nothing: it answers 204 at once, or under /hang never. Told `begin` it counts from
// nothing, told `report` it says what came: how many events, from when to when, and how long after they were stored (ms).
import { createServer } from 'node:http';
import { quantile } from '../lib/statistics.mjs';

/** @type {number[]} */
let delays = [];
let first = 0;
let last = 0;

const server = createServer((request, response) => {
  if (request.url === '/hang') {
    request.resume();
    return;
  }
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    last = performance.now();
    if (delays.length === 0) first = last;
    const now = Date.now();
    for (const [, stored] of Buffer.concat(chunks)
      .toString('latin1')
      .matchAll(/"timestamp":(\d{13})/g))
      delays.push(now - Number(stored));
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.on('message', (message) => {
  if (message === 'begin') delays = [];
  else if (message === 'report')
    process.send?.({
      count: delays.length,
      seconds: (last - first) / 1000,
      p50Ms: quantile(delays, 0.5),
      p99Ms: quantile(delays, 0.99),
    });
});
process.on('disconnect', () => process.exit());
