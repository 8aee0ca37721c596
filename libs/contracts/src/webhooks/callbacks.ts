import { z } from 'zod';
import { call } from '../call.js';
import { applicationId, conversationId } from '../identifiers.js';
import { displayUrl } from '../url.js';
import { vonageEventMaskPart } from '../vonage/event-mask.js';

/** What conversations of Vonage's protocol have: a webhook of the format `vonage` for one conversation's events. */
const conversationCallback = z.object({
  url: displayUrl,
  /** As Vonage names them; empty: all. */
  types: z.array(vonageEventMaskPart),
  /** Come with every event. */
  params: z.record(z.string(), z.string()).nullable(),
});
export type ConversationCallback = z.infer<typeof conversationCallback>;

/**
 * Takes the place of the one that the conversation has; null: it has none any more, and what this has not got yet is not sent.
 * The conversation need not exist yet: a callback of one that does not is removed after a while. Safe to repeat.
 */
export const setCallback = call(
  'webhooks.set-callback',
  z.object({ applicationId, conversationId, callback: conversationCallback.nullable() }),
  z.object({}),
);
