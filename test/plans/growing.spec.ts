import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { World } from '../harness/world.js';
import { executions, faulty, recordPlans } from './plans.js';

let world: World;

beforeAll(async () => {
  world = await World.start({
    ownPostgres: true,
    prepare: async ({ database }) => {
      // What PostgreSQL has learnt of the empty tables stays all it knows.
      await database.sql('ALTER SYSTEM SET autovacuum = off');
      await recordPlans(database);
    },
  });
});
afterAll(() => world.close());

/** So many users connect, each to one of ten gateways that live. */
function connecting(from: number, to: number): string {
  return `INSERT INTO conversation.session (id, application_id, user_id, incarnation, dialect, epoch)
    SELECT uuidv7(), application_id, 'u' || place,
      ('bbbbbbbb-bbbb-4bbb-8bbb-' || lpad((1 + place % 10)::text, 12, '0'))::uuid, 'native', 1
    FROM conversation.conversation, generate_series(${String(from)}, ${String(to)}) AS place`;
}

const beginning = [
  `INSERT INTO conversation.gateway_lease (incarnation, renewed_at)
   SELECT ('bbbbbbbb-bbbb-4bbb-8bbb-' || lpad(place::text, 12, '0'))::uuid, now() + interval '1 hour'
   FROM generate_series(1, 10) AS place`,
  connecting(1, 200),
];

/** 300 more members of the one conversation, and 3,000 of others, who are all connected. */
const growth = [
  connecting(201, 3300),
  `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
   SELECT uuidv7(), key, application_id, 'u' || place, 'joined', now(), 1
   FROM conversation.conversation, generate_series(1, 300) AS place`,
  `INSERT INTO conversation.conversation (application_id, id, number, kind)
   SELECT application_id, 'c' || place, 1000 + place, 'group'
   FROM conversation.conversation, generate_series(301, 3300) AS place`,
  `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
   SELECT uuidv7(), key, application_id, 'u' || (number - 1000), 'joined', now(), 1
   FROM conversation.conversation WHERE number > 1000`,
];

test('plans that were made when there was nearly nothing look at little when there is much', async () => {
  const application = await world.application();
  const [tom, jerry] = await application.users('tom', 'jerry');
  const group = await application.group([tom, jerry]);
  for (const statement of beginning) await world.database.sql(statement);
  const use = async (): Promise<void> => {
    for (const text of ['one', 'two']) await tom.send(group, text);
    for (const read of [1, 2]) await tom.acknowledge(group, { read });
    await tom.history(group);
    await world.settled();
  };
  // Plans are made by what is done first, and kept with the connections.
  await use();
  for (const statement of growth) await world.database.sql(statement);
  const before = executions(world.postgres!.logFile).length;
  await use();

  const since = executions(world.postgres!.logFile).slice(before);
  const asked = ['AS is_blocked FROM unnest', 'member.delivered_seq, member.read_seq', 'WITH concerned AS'];
  const unseen = asked.filter((part) => !since.some(({ statement }) => statement.includes(part)));
  expect({ unseen, faulty: faulty(since) }).toEqual({ unseen: [], faulty: [] });
});
