import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
  application = await world.application();
});
afterAll(() => world.close());

interface Place {
  readonly id: string;
}

async function said({ id: conversationId }: Place, text: string, to?: string[]): Promise<string> {
  const { eventId } = await application.call<{ eventId: string }>(operations.sendMessage, {
    parameters: { conversationId },
    body: { senderId: 'bot', content: { type: 'text', text }, ...(to && { to }) },
  });
  return eventId;
}

function remove({ id: conversationId }: Place, eventId: string, query = {}): Promise<unknown> {
  return application.call(operations.deleteMessage, { parameters: { conversationId, eventId }, query });
}

const textsOf = (events: readonly TimelineEvent[]): string[] =>
  events.flatMap((event) =>
    'content' in event && event.content.type === 'text' ? [event.content.text] : [],
  );

test('a server deletes a message: nobody finds it any more, its content is gone, and no client is told', async () => {
  const [tom, jerry] = await application.users('tom', 'jerry', 'bot');
  const group = await application.group([tom, jerry]);
  const client = await jerry.connect();
  const first = await said(group, 'to be deleted');
  await said(group, 'to stay');
  await remove(group, first);
  await said(group, 'last');
  await eventually(() => {
    expect(textsOf(client.events(group))).toEqual(['to be deleted', 'to stay', 'last']);
  });
  expect(client.heard.map(({ name }) => name)).not.toContain('message.recalled');
  for (const reader of [tom, jerry, application])
    expect(textsOf(await reader.history(group))).toEqual(['to stay', 'last']);
  const parameters = { conversationId: group.id, eventId: first };
  expect(await refusal(tom.call(operations.getEvent, { parameters }))).toBe('event_not_found');
  expect(await refusal(remove(group, first))).toBe('event_not_found');
  expect(await world.database.tablesWith('to be deleted')).not.toContain('conversation.event');
  const count = { parameters: { conversationId: group.id } };
  expect(await application.call(operations.countMembers, count)).toEqual({ count: 2 });
});

test("a direct message of a service is taken from one of those for whom it is; the other's stays", async () => {
  const [spike, tyke] = await application.users('spike', 'tyke');
  const service = await application.service();
  const eventId = await said(service, 'for both', ['spike', 'tyke']);
  const announced = await said(service, 'for all');
  await remove(service, eventId, { userId: 'spike' });
  expect(await refusal(remove(service, announced, { userId: 'spike' }))).toBe('event_not_found');
  expect(textsOf(await spike.history(service))).toEqual([]);
  expect(textsOf(await tyke.history(service))).toEqual(['for both']);
  expect(await refusal(remove(service, eventId, { userId: 'spike' }))).toBe('event_not_found');
});
