import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

const crowd = 50_000;
/** For as many lists as there are, on a machine that others use too. */
const within = 120_000;

let world: World;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());

/** Users `u00001`, `u00002`, ..., all of them subscribed. */
async function crowded(application: TestApplication): Promise<Conversation> {
  const service = await application.service({ name: 'News' });
  await world.database.sql(
    `WITH crowd AS (
       INSERT INTO conversation."user" (application_id, id)
       SELECT $1, 'u' || lpad(n::text, 5, '0') FROM generate_series(1, $2::int) AS n RETURNING id
     ), subscribed AS (
       INSERT INTO conversation.member (id, conversation_key, application_id, user_id, joined_at, joined_seq)
       SELECT uuidv7(), key, $1, crowd.id, now(), 0
       FROM crowd CROSS JOIN conversation.conversation WHERE conversation.application_id = $1 AND conversation.id = $3
     )
     UPDATE conversation.conversation_head SET subscribers = $2::int
     WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE application_id = $1 AND id = $3)`,
    application.id,
    String(crowd),
    service.id,
  );
  return service;
}

/** How many users have which version of their list. */
async function listVersions({ id }: TestApplication): Promise<Record<string, number>> {
  const rows = await world.database.sql(
    `SELECT list_version::text AS version, count(*)::int AS count FROM conversation."user"
     WHERE application_id = $1 GROUP BY 1`,
    id,
  );
  return Object.fromEntries(rows.map(({ version, count }) => [String(version), Number(count)]));
}

function ends(client: Client): unknown[] {
  return client.heard.flatMap(({ name, payload }) => (name === 'conversation.deleted' ? [payload] : []));
}

test(
  'a service leaves the lists of 50,000 subscribers portion by portion, each of them once, whoever dies in between',
  async () => {
    const application = await world.application();
    const service = await crowded(application);
    const { id: conversationId } = service;
    const [early, late] = [await application.known('u00001'), await application.known('u49000')];
    const [earlys, lates] = [await early.connect({ gateway: 0 }), await late.connect({ gateway: 1 })];
    const row = `SELECT FROM conversation."user" WHERE application_id = $1 AND id = 'u25000' FOR UPDATE`;
    const letGo = await world.database.holding(row, application.id);

    await application.call(operations.deleteConversation, { parameters: { conversationId } });
    for (const user of [early, late]) {
      expect(await user.call(operations.listConversations)).toMatchObject({ conversations: [] });
    }
    // Those before the one that cannot be changed have been told, those behind it not.
    await eventually(async () => {
      expect(ends(earlys)).toEqual([{ conversationId }]);
      expect(await listVersions(application)).toEqual({ '0': 25_500, '1': 24_500 });
    }, within);
    expect(ends(lates)).toEqual([]);

    await Promise.all(world.conversations.map((replica) => replica.kill()));
    await letGo();
    await Promise.all(world.conversations.map((replica) => replica.start()));
    await world.whole();
    await eventually(async () => {
      expect(await listVersions(application)).toEqual({ '1': crowd });
      expect(ends(lates)).toEqual([{ conversationId }]);
    }, within);
    expect(ends(earlys)).toEqual([{ conversationId }]);
    const again = await late.connect({ resume: { [conversationId]: 0 } });
    expect(again.ready.conversations).toEqual([]);
    expect(ends(again)).toEqual([{ conversationId }]);
  },
  2 * within,
);

test('who has missed that a service has left its list finds out', async () => {
  const application = await world.application();
  const [tom] = await application.users('tom');
  const service = await application.service();
  await application.add(service, tom);
  const client = await tom.connect();
  // Exactly what is stored, without anybody who tells.
  await world.database.sql(
    `WITH deleted AS (
       UPDATE conversation.conversation_head SET state = 'deleted'
       WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE application_id = $2 AND id = $1)
     )
     UPDATE conversation."user" SET list_version = list_version + 1 WHERE application_id = $2 AND id = 'tom'`,
    service.id,
    application.id,
  );
  await eventually(() => {
    expect(ends(client)).toEqual([{ conversationId: service.id }]);
  });
});
