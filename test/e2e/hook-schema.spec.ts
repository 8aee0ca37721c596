import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hookSchema } from '#contracts/hooks/schema.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

test('anybody may read the JSON Schema of hooks, and is told when it is still the same', async () => {
  const path = '/api/hooks.schema.json';
  const { status, headers, body } = await world.rest({ method: 'GET', path });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch('application/json');
  expect(body).toEqual(hookSchema());
  // Without a word of its own about caches, fetch asks for a fresh copy.
  const known = { 'if-none-match': headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
  const again = await fetch(`${world.gateways[0]!.url}${path}`, { headers: known });
  expect(again.status).toBe(304);
});
