import { z } from 'zod';

/** Asked before something happens, one after the other; what they answer decides. Names follow seed 002 without its underscore. */
export const blockingHookName = z.enum([
  'messageReceived',
  'messageUpdate',
  'receiversOffline',
  'conversationStart',
  'conversationAdd',
  'conversationRemove',
  'conversationUpdate',
]);
export type BlockingHookName = z.infer<typeof blockingHookName>;

/** Told durably after something has happened; what they answer is ignored. */
const afterHookName = z.enum([
  'messageSent',
  'conversationStarted',
  'conversationAdded',
  'conversationRemoved',
  'clientOnline',
  'clientOffline',
]);

export const hookName = z
  .enum([...blockingHookName.options, ...afterHookName.options])
  .meta({ id: 'HookName' });
export type HookName = z.infer<typeof hookName>;

export function isBlocking(name: HookName): name is BlockingHookName {
  return blockingHookName.safeParse(name).success;
}

export function isAboutConversations(name: HookName): boolean {
  return name !== 'clientOnline' && name !== 'clientOffline';
}

/** When hooks are called. */
export const hookMoments: Readonly<Record<HookName, string>> = {
  messageReceived: 'Asks before a message is stored',
  messageUpdate: 'Asks before a message is edited or recalled, and before a custom event is recalled',
  receiversOffline: 'Asks before those are notified who are not connected',
  conversationStart: 'Asks before a conversation is created',
  conversationAdd: 'Asks before users become members, or enter a room',
  conversationRemove: 'Asks before others make a member go',
  conversationUpdate: 'Asks before a conversation is changed, or muted by a member',
  messageSent: 'Tells that a message was stored',
  conversationStarted: 'Tells that a conversation was created',
  conversationAdded: 'Tells that users became members, or entered a room',
  conversationRemoved: 'Tells that users are members no more, or left a room',
  clientOnline: 'Tells that a session was opened',
  clientOffline: 'Tells that a session is over',
};
