import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from './application.js';
import { broadcast } from './broadcasts.js';

/** A service that a user is subscribed to, and everything that is said there: an inquiry, an answer, something to all, a broadcast. */
export async function usedService(
  application: TestApplication,
  user: TestUser,
  { words, senderId }: { readonly words: string; readonly senderId: string },
): Promise<Conversation> {
  const service = await application.service();
  const parameters = { conversationId: service.id };
  await application.add(service, user);
  await application.call(operations.muteConversation, { parameters: { ...parameters, userId: user.id } });
  await user.send(service, `${words}?`, { idempotencyKey: 'asked' });
  const content = { type: 'text', text: words } as const;
  for (const to of [[user.id], undefined])
    await application.call(operations.sendMessage, {
      parameters,
      body: { senderId, content, mentions: { userIds: [user.id] }, ...(to && { to }) },
    });
  await broadcast(application, service, `${words}!`, { senderId });
  return service;
}
