import { z } from 'zod';
import { conversationPatch } from '../conversations.js';
import { userId } from '../identifiers.js';
import { jsonBytes, jsonValue } from '../json-value.js';
import { limits } from '../limits.js';
import { messageContent } from '../message-content.js';
import type { BlockingHookName } from './names.js';

/*
 * What blocking hooks may answer (HTTP 200). `{}` changes nothing. Unknown fields are a failure, so that a typo is noticed.
 */

const drop = z
  .strictObject({ action: z.literal('drop') })
  .meta({ description: 'Nothing happens; whoever asked is told `dropped`.' });
const reject = z
  .strictObject({
    action: z.literal('reject'),
    code: z.int().meta({ description: 'Of your own choice.' }),
    detail: z.string().max(1_000).meta({ description: 'For people, at most 1,000 characters.' }),
  })
  .meta({ description: 'Nothing happens; whoever asked gets `rejected_by_hook` with both.' });
const recipients = z.array(userId).max(limits.membersPerGroup);

/** What devices of those who are absent get instead of the message's preview. */
export const pushPayload = z
  .record(z.string(), jsonValue)
  .refine((value) => jsonBytes(value) <= limits.pushPayloadBytes, 'is larger than a push payload may be')
  .meta({ id: 'PushPayload', 'x-maximum-bytes': limits.pushPayloadBytes });
export type PushPayload = z.infer<typeof pushPayload>;

export const messageHookAnswer = z
  .union([
    drop,
    reject,
    z.strictObject({
      action: z.literal('deliver').optional(),
      content: messageContent.optional().meta({ description: 'Stored and delivered instead.' }),
      recipients: recipients
        .optional()
        .meta({ description: 'Only these, and the sender, ever see it, or hear of the change.' }),
    }),
  ])
  .meta({ id: 'MessageHookAnswer' });
export type MessageHookAnswer = z.infer<typeof messageHookAnswer>;

export const receiversOfflineAnswer = z
  .union([
    z.strictObject({ action: z.literal('skip') }).meta({ description: 'Nobody is notified.' }),
    z.strictObject({
      action: z.literal('notify').optional(),
      recipients: recipients.optional().meta({ description: 'Only these are notified.' }),
      push: pushPayload.optional().meta({ description: 'What devices get instead of sender and preview.' }),
      force: z
        .boolean()
        .optional()
        .meta({ description: 'true: also those who have muted the conversation.' }),
    }),
  ])
  .meta({ id: 'ReceiversOfflineAnswer' });
export type ReceiversOfflineAnswer = z.infer<typeof receiversOfflineAnswer>;

export const conversationHookAnswer = z
  .union([reject, z.strictObject({ action: z.literal('allow').optional() })])
  .meta({ id: 'ConversationHookAnswer' });
export type ConversationHookAnswer = z.infer<typeof conversationHookAnswer>;

export const conversationUpdateAnswer = z
  .union([
    reject,
    z.strictObject({
      action: z.literal('allow').optional(),
      changes: conversationPatch.optional().meta({
        description: 'Set instead of what was asked for; ignored when the request has no `changes`.',
      }),
      muted: z.boolean().optional().meta({ description: 'Ignored when the request has no `muted`.' }),
    }),
  ])
  .meta({ id: 'ConversationUpdateAnswer' });
export type ConversationUpdateAnswer = z.infer<typeof conversationUpdateAnswer>;

/** What a hook server may answer, by the name of the hook. */
export const hookAnswers = {
  messageReceived: messageHookAnswer,
  messageUpdate: messageHookAnswer,
  receiversOffline: receiversOfflineAnswer,
  conversationStart: conversationHookAnswer,
  conversationAdd: conversationHookAnswer,
  conversationRemove: conversationHookAnswer,
  conversationUpdate: conversationUpdateAnswer,
} as const satisfies Record<BlockingHookName, z.ZodType>;
