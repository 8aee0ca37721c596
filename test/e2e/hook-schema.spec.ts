import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hookSchema } from '#contracts/hooks/schema.js';
import { webhookSchema } from '#contracts/webhooks/schema.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

test.each([
  ['hooks', hookSchema()],
  ['webhooks', webhookSchema()],
])('anybody may read the JSON Schema of %s, and is told when it is still the same', async (name, schema) => {
  const path = `/api/${name}.schema.json`;
  const { status, headers, body } = await world.rest({ method: 'GET', path });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch('application/json');
  expect(body).toEqual(schema);
  // Without a word of its own about caches, fetch asks for a fresh copy.
  const known = { 'if-none-match': headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
  const again = await fetch(`${world.gateways[0]!.url}${path}`, { headers: known });
  expect(again.status).toBe(304);
});
