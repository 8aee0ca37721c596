import { z } from 'zod';
import { call } from './call.js';
import { customEventType, messageEvent, customEvent, origin } from './event.js';
import { messageContent } from './message-content.js';
import { attachment } from './files.js';
import { applicationId, conversationId, eventId, timestamp, userId } from './identifiers.js';
import { conversationKind } from './conversations.js';
import { displayUrl } from './url.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

/** Names follow seed 002 without its underscore. The others of the domain come with their operations. */
export const hookName = z.enum(['messageReceived', 'messageSent']).meta({ id: 'HookName' });
export type HookName = z.infer<typeof hookName>;

export const failurePolicy = z.enum(['continue', 'abort', 'default']).meta({
  id: 'FailurePolicy',
  description: "What a failing hook does to the operation; `default` is the application's `hookFailure`.",
});

// --- What a hook server gets and answers (HTTP, signed by Standard Webhooks) ---

const hookConversation = z.object({ id: conversationId, kind: conversationKind });
const hookCommon = {
  /** The same in every redelivery of this call. */
  id: z.string(),
  applicationId,
  timestamp,
  conversation: hookConversation,
  origin,
};

export const messageReceivedRequest = z
  .object({
    ...hookCommon,
    hook: z.literal('messageReceived'),
    event: z.object({
      type: z.union([z.literal('message'), customEventType]),
      senderId: userId,
      content: messageContent,
      attachments: z.array(attachment).optional(),
      targetId: eventId
        .optional()
        .meta({ description: 'Present for an edit: the message that gets this content.' }),
    }),
    recipients: z.array(userId).meta({ description: 'Everybody who would get it, without the sender.' }),
  })
  .meta({ id: 'MessageReceivedRequest' });
export type MessageReceivedRequest = z.infer<typeof messageReceivedRequest>;

export const messageSentRequest = z
  .object({
    ...hookCommon,
    hook: z.literal('messageSent'),
    event: z.union([messageEvent, customEvent]),
    onlineRecipients: z.array(userId),
    offlineRecipients: z.array(userId),
  })
  .meta({ id: 'MessageSentRequest' });
export type MessageSentRequest = z.infer<typeof messageSentRequest>;

/** What a `messageReceived` hook may answer (HTTP 200). `{}` changes nothing. Unknown fields are a failure, so that a typo is noticed. */
export const messageReceivedAnswer = z
  .union([
    z.strictObject({ action: z.literal('drop') }),
    z.strictObject({ action: z.literal('reject'), code: z.int(), detail: z.string().max(1_000) }),
    z.strictObject({
      action: z.literal('deliver').optional(),
      content: messageContent.optional(),
      recipients: z.array(userId).max(limits.membersPerGroup).optional(),
    }),
  ])
  .meta({ id: 'MessageReceivedAnswer' });
export type MessageReceivedAnswer = z.infer<typeof messageReceivedAnswer>;

// --- Between the apps ---

/** Asks hook-engine to run the application's `messageReceived` hooks in order. */
export const runMessageReceivedHooks = call(
  'hooks.run.message-received',
  messageReceivedRequest.omit({ hook: true, id: true }).extend({
    /** Identifies the operation; every hook call's id is made from it. */
    commandId: z.uuid(),
    hookFailure: z.enum(['continue', 'abort']),
  }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('deliver'),
      content: messageContent,
      recipients: z.array(userId),
      /** Hooks that changed something, in order. */
      hookIds: z.array(z.uuid()),
    }),
    z.object({ kind: z.literal('drop'), hookId: z.uuid() }),
    z.object({ kind: z.literal('reject'), hookId: z.uuid(), code: z.int(), detail: z.string() }),
    z.object({ kind: z.literal('abort'), hookId: z.uuid(), failure: z.string() }),
  ]),
  limits.hookBudget + 2_000,
);

/** Which hooks an application has that an operation must wait for, as of a registry version. */
export const describeHooks = call(
  'hooks.describe',
  z.object({ applicationId }),
  z.object({ version: z.int(), blocking: z.array(hookName) }),
);

/**
 * A conversation replica renews its copy of the registry. Every hook-engine replica hears it (no queue group) and so
 * learns which replicas hold copies; the first answer counts. The copy is valid for `hookRegistryLease` from the moment
 * of asking, so a paused replica or a delayed answer can never stretch it.
 */
export const renewHookRegistry = call(
  'hooks.registry.renew',
  z.object({ replica: z.uuid() }),
  z.object({ version: z.int() }),
  2_000,
);

/** Told to every conversation replica after a registration was committed; each answers when it has forgotten the older. */
export const hookRegistryChanged = call(
  'hooks.registry.changed',
  z.object({ applicationId, version: z.int() }),
  z.object({ replica: z.uuid() }),
  1_000,
);

/** How long a replica may trust its copy (ms); it renews three times as often. A registration waits no longer than this. */
export const hookRegistryLease = 3_000;

// --- Registration ---

export const hook = z
  .object({
    id: z.uuid(),
    name: hookName,
    url: z.string(),
    position: z.int(),
    deadline: z.int().meta({ description: 'How long one call may take, in ms.' }),
    failurePolicy,
    enabled: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'Hook' });
export type Hook = z.infer<typeof hook>;

export const hookWithSecret = hook
  .extend({
    secret: z
      .string()
      .meta({ description: 'Standard Webhooks secret; shown only in this answer.', example: 'whsec_...' }),
  })
  .meta({ id: 'HookWithSecret' });

export const newHook = z
  .strictObject({
    name: hookName,
    url: displayUrl,
    position: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .meta({ description: 'Hooks of a name run in ascending position.' }),
    deadline: z
      .int()
      .min(limits.hookDeadlineMinimum)
      .max(limits.hookDeadlineMaximum)
      .default(limits.hookDeadlineDefault),
    failurePolicy: failurePolicy.default('default'),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'NewHook' });

export const createHook = call(
  'hooks.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), hook: newHook }),
  hookWithSecret,
  hookRegistryLease + 5_000,
);
export const listHooks = call('hooks.list', z.object({ applicationId }), z.object({ hooks: z.array(hook) }));
export const deleteHook = call(
  'hooks.delete',
  z.object({ applicationId, hookId: z.uuid() }),
  z.object({}),
  hookRegistryLease + 5_000,
);
