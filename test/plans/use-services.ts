import { countMembers } from '#contracts/members.js';
import { deleteMessage } from '#contracts/message-changes.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { historyOf } from '../harness/history.js';
import type { World } from '../harness/world.js';

const service = { id: 'service' };
const here = { parameters: { conversationId: service.id } };
const text = { type: 'text', text: 'hello' } as const;

/** What `useServices` must have had seen. */
export const partsOfServices: readonly RegExp[] = [
  /FROM conversation\.event_recipient WHERE user_id = .* UNION .* AS view ORDER BY seq/,
  /AND event\.seq = ANY/,
  /SELECT count\(\*\) AS count FROM \( SELECT seq FROM/,
  /AS standing\(conversation_key, read_seq\)/,
  /SET subscribers|"subscribers" = /,
  /FROM unnest\(.*\) AS pair\(conversation_key, user_id\) WHERE \(\(/,
  /DELETE FROM conversation\.event_recipient WHERE user_id =/,
  /SELECT CASE conversation\.kind WHEN 'system' THEN head\.subscribers/,
];

/** A service of many subscribers is subscribed to, spoken with, read and counted. */
export async function useServices(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  const stranger = await application.user('stranger');
  for (const operation of [operations.joinConversation, operations.leaveConversation])
    await stranger.call(operation, { ...here, body: {} });
  for (const user of [busy, stranger])
    await user.call(operations.sendMessage, { ...here, body: { content: text } });
  const sent: string[] = [];
  for (const to of [undefined, ['u2', 'stranger']]) {
    const body = { senderId: busy.id, content: text, ...(to && { to }) };
    sent.push(
      (await application.call<{ eventId: string }>(operations.sendMessage, { ...here, body })).eventId,
    );
  }
  for (const order of ['ascending', 'descending'] as const)
    await busy.call(operations.listEvents, { ...here, query: { order, limit: 20 } });
  await application.call(operations.listEvents, { ...here, query: { view: 'inbox', limit: 20 } });
  await historyOf(world, application, service, { userId: 'stranger' });
  await busy.call(operations.getUnread, here);
  const [toAll, toSome] = sent;
  for (const [eventId, readerId] of [
    [toSome!, 'stranger'],
    [toAll!, null],
  ] as const)
    await world.ask(deleteMessage, {
      ...{ applicationId: application.id, conversationId: service.id, eventId, readerId },
      ...{ actor: { kind: 'master' }, request: null, origin: { address: null, dialect: 'native' } },
    });
  for (const conversationId of [service.id, 'c1', 'room'])
    await world.ask(countMembers, { applicationId: application.id, conversationId });
  for (const user of [busy, stranger]) (await user.connect({ resume: { [service.id]: 1 } })).disconnect();
}
