import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';
import { fill } from './fill.js';
import { executions, faulty, recordPlans, type Execution } from './plans.js';
import { everyPart, giant, useEverything } from './use-everything.js';

let world: World;
let application: TestApplication;

beforeAll(async () => {
  world = await World.start({
    ownPostgres: true,
    prepare: async ({ database }) => {
      await fill(database);
      await recordPlans(database);
    },
  });
  // Every plan is explained while it runs: what opens a session may take longer than a gateway waits. Its client comes again.
  const connect = world.connect.bind(world);
  world.connect = (...where) => eventually(() => connect(...where));
}, 300_000);
afterAll(() => world.close());

function recorded(): Execution[] {
  return executions(world.postgres!.logFile);
}

test('with 1,000,000 events and 100,000 users, every statement goes by an index and looks at little more than it answers', async () => {
  application = await useEverything(world);
  const seen = recorded();
  const unseen = everyPart.filter((part) => !seen.some(({ statement }) => part.test(statement)));
  expect({ unseen, faulty: faulty(seen) }).toEqual({ unseen: [], faulty: [] });
  // All statements there are, each with its plan explained: minutes, where others use the machine too.
}, 900_000);

test('a missing index is noticed', async () => {
  const before = recorded().length;
  await world.database.sql('ALTER TABLE conversation.event DROP CONSTRAINT event_pkey');
  await application.call(operations.listEvents, { parameters: { conversationId: giant.id } });
  expect(faulty(recorded().slice(before)).join('\n')).toMatch('reads the whole of event');
});
