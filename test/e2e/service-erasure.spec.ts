import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { cursorOf } from '../harness/broadcasts.js';
import { eventually } from '../harness/eventually.js';
import { usedService } from '../harness/services.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

/** Rows in which the id still stands, but for those whose time is short or whose purpose it is (docs/accounts.md). */
async function remains(id: string): Promise<string[]> {
  const kept = ['user', 'user_erasure', 'job', 'inbox_entry', 'delivery'];
  const rows = await world.database.rowsWith(id);
  return rows.flatMap(({ table, row }) =>
    kept.includes(table.split('.')[1]!.replaceAll('"', '')) ? [] : [`${table}: ${row}`],
  );
}

function counted(application: TestApplication, { id: conversationId }: { id: string }): Promise<unknown> {
  return application.call(operations.countMembers, { parameters: { conversationId } });
}

const shown = (events: readonly TimelineEvent[]) =>
  events.map((event) => ('content' in event && event.content.type === 'text' ? event.content.text : ''));

test('a deleted user leaves nothing in services: no subscription, no view, no name; what was said stays', async () => {
  const application = await world.application();
  const id = `tom-${randomUUID()}`;
  const [tom, jerry, bot] = [
    await application.user(id),
    await application.user('jerry'),
    await application.user('bot'),
  ];
  await application.webhook(() => ({}), { format: { kind: 'leancloud', lingerMs: 0 } });
  const service = await usedService(application, tom, { words: 'Cheese', senderId: bot.id });
  await application.add(service, jerry);
  // In whose name a service speaks may be deleted as well; and somebody may only have asked.
  const other = await usedService(application, jerry, { words: 'Mice', senderId: tom.id });
  await tom.send(other, 'Who is there?');
  const client = await tom.connect({ resume: {} });
  await client.call('ephemeral_message.send', {
    conversationId: service.id,
    content: { type: 'text', text: 'psst' },
  });
  client.disconnect();
  await eventually(async () => {
    expect(await cursorOf(world.database, tom)).toBe(2);
  });
  expect(await counted(application, service)).toEqual({ count: 2 });
  const jerrys = shown(await jerry.history(other));

  await application.call(operations.deleteUser, { parameters: { userId: id } });
  await eventually(async () => {
    expect(await remains(id)).toEqual([]);
  });
  expect(await counted(application, service)).toEqual({ count: 1 });
  const events = await application.history(service);
  expect(shown(events)).toEqual(['Cheese?', 'Cheese', 'Cheese', 'Cheese!']);
  expect(events[0]!.senderId).toMatch(/^deleted-/);
  const inbox = await application.call<{ events: TimelineEvent[] }>(operations.listEvents, {
    parameters: { conversationId: service.id },
    query: { view: 'inbox' },
  });
  expect(shown(inbox.events)).toEqual(['Cheese?']);
  expect(shown(await jerry.history(other))).toEqual(jerrys);
  expect(await counted(application, other)).toEqual({ count: 1 });
});
