import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { wireError } from './errors.js';
import { eventDraft, modification, origin } from './event.js';
import { pushPayload } from './hooks/answers.js';
import { applicationId, conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

export const sendOutcome = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('stored'),
    eventId,
    seq,
    timestamp,
    modified: modification.nullable(),
  }),
  z.object({ outcome: z.literal('dropped') }),
  z.object({ outcome: z.literal('rejected'), code: z.int(), detail: z.string() }),
]);
export type SendOutcome = z.infer<typeof sendOutcome>;

/** Whom a server names in a service. */
export const recipientIds = z.array(userId).min(1).max(limits.recipientsPerMessage);

/** Stores one event in a conversation's timeline, after the hooks. Safe to repeat with the same `commandId`. */
const sendCommand = z.object({
  /** Minted by the gateway, so that a retry inside the platform is safe even without an idempotency key. */
  commandId: z.uuid(),
  applicationId,
  conversationId,
  senderId: userId,
  /** The master key may speak for users who are not members. */
  asMaster: z.boolean(),
  draft: eventDraft,
  /** Of a server in a service: whom alone it is for. Absent: for all. */
  to: recipientIds.optional(),
  /** Of a server's message: what devices of those get who are absent, instead of sender and preview. */
  push: pushPayload.optional(),
  request: idempotentRequest.nullable(),
  origin,
});
export type SendCommand = z.infer<typeof sendCommand>;
/** As it comes to the gateway's sender. */
export const newCommand = sendCommand.omit({ commandId: true });
export type NewCommand = z.infer<typeof newCommand>;

const sendResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('outcome'), outcome: sendOutcome }),
  z.object({ kind: z.literal('error'), error: wireError }),
]);
export type SendResult = z.infer<typeof sendResult>;

/**
 * What waits together travels together: one question for all commands that a gateway has ready, one answer for all whose
 * outcome needs no hook. The others are answered `later`, each on its own, so that a slow hook delays nobody else.
 */
export const sendEvents = call(
  'conversation.send',
  z.object({ gateway: z.uuid(), commands: z.array(sendCommand).min(1) }),
  z.object({ results: z.array(z.union([sendResult, z.object({ kind: z.literal('later') })])) }),
);

/** How long after its command a later outcome may come (ms); the budget of all hooks, and some time to store. */
export const laterOutcomePatience = limits.hookBudget + 5_000;

/** Published on `laterOutcomeSubject`. */
export const laterOutcome = z.object({ commandId: z.uuid(), result: sendResult });

/** Core NATS subject on which one gateway hears later outcomes. */
export function laterOutcomeSubject(gateway: string): string {
  return `${subjectRoot}.outcomes.${gateway}`;
}
