import { z } from 'zod';
import { call, subjectRoot } from './call.js';
import { wireError } from './errors.js';
import { eventDraft, memberRole, modification, origin, timelineEvent } from './event.js';
import {
  applicationId,
  conversationId,
  conversationKey,
  displayText,
  eventId,
  seq,
  timestamp,
  userId,
} from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { attributes } from './json-value.js';
import { limits } from './limits.js';

export const conversationKind = z
  .enum(['group', 'room', 'system', 'temporary', 'business', 'support'])
  .meta({ id: 'ConversationKind' });

// --- Sending (steps 2 to 5 of the send path) ---

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
  request: idempotentRequest.nullable(),
  origin,
});
export type SendCommand = z.infer<typeof sendCommand>;

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

// --- Conversations and members ---

export const member = z
  .object({ id: z.uuid(), userId, role: memberRole, joinedAt: timestamp.nullable() })
  .meta({ id: 'Member' });

export const conversation = z
  .object({
    id: conversationId,
    number: z.int().meta({ description: 'Counts the conversations of the application from 1.' }),
    kind: conversationKind,
    state: z.enum(['active', 'inactive', 'deleted']),
    name: z.string().nullable(),
    attributes,
    historyVisibility: z.enum(['start', 'joined']),
    lastSeq: seq,
    createdAt: timestamp,
  })
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

export const newMember = z.strictObject({ userId, role: memberRole.default('member') });

export const newConversation = z
  .strictObject({
    id: conversationId.optional(),
    kind: z.literal('group').default('group'),
    name: displayText.optional(),
    attributes: attributes.default({}),
    historyVisibility: z
      .enum(['start', 'joined'])
      .default('start')
      .meta({ description: 'Whether a member sees everything or only what came after joining.' }),
    members: z.array(newMember).max(limits.membersPerGroup).default([]),
  })
  .meta({ id: 'NewConversation' });

/** Who asks: the holder of the master key, or a user, who then must be a member. */
export const viewer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('master') }),
  z.object({ kind: z.literal('user'), userId }),
]);
export type Viewer = z.infer<typeof viewer>;

export const createConversation = call(
  'conversation.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), conversation: newConversation }),
  conversation,
);
export const getConversation = call(
  'conversation.get',
  z.object({ applicationId, conversationId, viewer }),
  conversation.extend({ members: z.array(member) }),
);
export const listConversations = call(
  'conversation.list',
  z.object({ applicationId, userId, cursor: z.string().nullable(), limit: z.int() }),
  z.object({ conversations: z.array(conversation), nextCursor: z.string().nullable() }),
);
export const addMembers = call(
  'conversation.members.add',
  z.object({
    applicationId,
    conversationId,
    request: idempotentRequest.nullable(),
    members: z.array(newMember).min(1).max(limits.membersPerGroup),
  }),
  z.object({ members: z.array(member) }),
);
export const removeMember = call(
  'conversation.members.remove',
  z.object({ applicationId, conversationId, userId }),
  z.object({}),
);

// --- History ---

export const listEvents = call(
  'conversation.events.list',
  z.object({
    applicationId,
    conversationId,
    viewer,
    cursor: z.string().nullable(),
    limit: z.int(),
    order: z.enum(['ascending', 'descending']),
  }),
  z.object({ events: z.array(timelineEvent), nextCursor: z.string().nullable() }),
);
export const getEvent = call(
  'conversation.events.get',
  z.object({ applicationId, conversationId, viewer, eventId }),
  timelineEvent,
);

// --- Presence ---

/**
 * Which of an event's recipients are connected. `userIds` null stands for everybody who was in when the event was stored
 * and still is (of an `everyone` event).
 */
export const splitByPresence = call(
  'presence.split',
  z.object({
    applicationId,
    conversationKey,
    seq,
    userIds: z.array(userId).nullable(),
    exclude: z.array(userId),
  }),
  z.object({ online: z.array(userId), offline: z.array(z.object({ userId, muted: z.boolean() })) }),
);

/**
 * Who is absent from conversations: connected nowhere, without having muted the conversation. Members alone with
 * `withMembers`, and these users, members or not. One question for many events, so that it costs no more than the people
 * whom they concern.
 */
export const findAbsent = call(
  'presence.absent',
  z.object({
    conversations: z
      .array(z.object({ applicationId, conversationKey, withMembers: z.boolean(), userIds: z.array(userId) }))
      .min(1),
  }),
  z.object({
    absent: z.array(
      z.object({
        conversationKey,
        userId,
        /** seq of the event by which the present stay began; null for whoever is no member. */
        joinedSeq: seq.nullable(),
      }),
    ),
    /** So many of the conversations, from the first, are answered: ask again for the others. */
    answered: z.int().min(1),
  }),
);
