import { z } from 'zod';
import { call } from './call.js';
import { hookRegistryLease } from './hooks/registry.js';
import { applicationId, conversationKey, userId } from './identifiers.js';

/** Conversations whose work one question removes. */
export const conversationsErasedAtOnce = 200;

/** Whose work goes as well: of these conversations nothing comes any more. */
const question = z.object({
  applicationId,
  conversationKeys: z.array(conversationKey).max(conversationsErasedAtOnce),
});
const answer = z.object({ removed: z.int() });

/**
 * Each removes a portion of what the app has of a deleted application, and answers how many rows that were: ask until it
 * is 0. Safe to repeat.
 */
export const eraseHooks = call('hooks.erase', question, answer, hookRegistryLease + 5_000);
export const eraseWebhooks = call('webhooks.erase', question, answer);
export const eraseNotifications = call('push.erase', question, answer);

/**
 * Forgets recorded calls of hooks whose contents may name a deleted user: a portion of them, so ask until `isDone`. Safe to
 * repeat.
 */
export const forgetHookRuns = call(
  'hooks.forget',
  z.object({ applicationId, userId }),
  z.object({ isDone: z.boolean() }),
);
