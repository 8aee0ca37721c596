import { z } from 'zod';
import { attachment, attachmentIds } from './files.js';
import { conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { jsonBytes, jsonValue } from './json-value.js';
import { limits } from './limits.js';
import {
  contentBytes,
  customEventName,
  expiresIn,
  mentions,
  messageContent,
  shownContent,
} from './message-content.js';

const customPrefix = 'custom:';

/** `custom:<name>`, both the type of the event and the name under which sockets get it. */
export const customEventType = z.templateLiteral([
  z.literal(customPrefix),
  z.string().regex(/[A-Za-z0-9_-]{1,100}/),
]);
export type CustomEventType = `custom:${string}`;

export function isCustomEventType(type: string): type is CustomEventType {
  return type.startsWith(customPrefix);
}

/** Who may join a conversation by itself: whoever was invited, or everybody. */
export const joinRule = z.enum(['invited', 'open']).meta({ id: 'JoinRule' });

const common = { id: eventId, conversationId, seq, timestamp };
const causedBy = userId.nullable().meta({ description: 'Who caused it; null for a server.' });

export const messageEvent = z
  .object({
    ...common,
    type: z.literal('message'),
    senderId: userId,
    content: shownContent,
    mentions: mentions.optional(),
    attachments: z.array(attachment).optional(),
    expiresAt: timestamp.optional().meta({
      description: 'From then on nobody sees it, in milliseconds since the epoch; absent: it stays.',
    }),
    editedAt: timestamp.optional().meta({
      description: 'Of the last edit, in milliseconds since the epoch; absent: it is as it was sent.',
    }),
    recalledAt: timestamp.optional(),
  })
  .meta({ id: 'MessageEvent' });

export const customEvent = z
  .object({
    ...common,
    type: customEventType,
    senderId: userId,
    data: jsonValue.meta({ description: 'null when it was recalled.' }),
    recalledAt: timestamp.optional(),
  })
  .meta({ id: 'CustomEvent' });

export const memberRole = z.enum(['owner', 'manager', 'member']);

/** A member as events name it. */
const eventMember = z.object({
  id: z.uuid(),
  userId,
  role: memberRole,
  silencedUntil: timestamp.optional().meta({ description: 'May not send until then; absent: may send.' }),
});

export const memberEvent = z
  .object({
    ...common,
    type: z.enum(['member.invited', 'member.joined', 'member.updated', 'member.left']),
    senderId: causedBy,
    members: z.array(eventMember),
  })
  .meta({ id: 'MemberEvent' });

/** What can change about a conversation. `attributes` is a merge patch (RFC 7396): what it names was set, null removed. */
const conversationChanges = z
  .object({
    name: z.string().nullable().optional(),
    attributes: z.record(z.string(), jsonValue).optional(),
    state: z.enum(['active', 'inactive']).optional(),
    joinRule: joinRule.optional(),
  })
  .meta({ id: 'ConversationChanges' });

export const conversationEvent = z
  .object({
    ...common,
    type: z.literal('conversation.updated'),
    senderId: causedBy,
    changes: conversationChanges,
  })
  .meta({ id: 'ConversationEvent' });

/** The event that another one is about. Whoever may not see the target does not see this one either. */
const target = { targetId: eventId, targetSeq: seq };

export const messageUpdatedEvent = z
  .object({
    ...common,
    ...target,
    type: z.literal('message.updated'),
    senderId: causedBy,
    content: shownContent,
    mentions: mentions.optional(),
  })
  .meta({ id: 'MessageUpdatedEvent' });

/** A message or a custom event was recalled: its content is gone. */
export const messageRecalledEvent = z
  .object({ ...common, ...target, type: z.literal('message.recalled'), senderId: causedBy })
  .meta({ id: 'MessageRecalledEvent' });

/**
 * Somebody has got an event, or read it; only of conversations with `receiptsAsEvents`. The watermarks stand beside it, and
 * are moved by it.
 */
export const receiptEvent = z
  .object({
    ...common,
    ...target,
    type: z.enum(['receipt.delivered', 'receipt.read']),
    senderId: userId.meta({ description: 'Who has got it.' }),
  })
  .meta({ id: 'ReceiptEvent' });

/** One entry of a conversation's timeline, as clients, hooks and webhooks see it. */
export const timelineEvent = z
  .union([
    messageEvent,
    customEvent,
    memberEvent,
    conversationEvent,
    messageUpdatedEvent,
    messageRecalledEvent,
    receiptEvent,
  ])
  .meta({ id: 'Event' });
export type TimelineEvent = z.infer<typeof timelineEvent>;
export type MessageEvent = z.infer<typeof messageEvent>;
export type CustomEvent = z.infer<typeof customEvent>;
export type MemberEvent = z.infer<typeof memberEvent>;
export type ConversationEvent = z.infer<typeof conversationEvent>;
export type ReceiptEvent = z.infer<typeof receiptEvent>;

/** The types of events that have a fixed name; besides them there are custom events. */
const fixedEventTypes = [
  'message',
  ...memberEvent.shape.type.options,
  'conversation.updated',
  'message.updated',
  'message.recalled',
  ...receiptEvent.shape.type.options,
] as const;

/** A type to ask for; `custom:*` stands for every custom event. */
export const eventTypeFilter = z
  .union([z.enum([...fixedEventTypes, 'custom:*']), z.string().regex(/^custom:[A-Za-z0-9_-]{1,100}$/)])
  .meta({ example: 'message' });

/** Who may see an event, besides its sender. */
export const audience = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('everyone') }),
  z.object({ kind: z.literal('operators') }),
  z.object({ kind: z.literal('listed'), userIds: z.array(userId).readonly() }),
  z.object({ kind: z.literal('broadcast') }),
]);
export type Audience = z.infer<typeof audience>;

/** What the rule of visibility (libs/domain/src/timeline/visibility.ts) has to know of an event. */
export function seenEventOf(
  event: TimelineEvent,
  audience: Audience,
): { seq: number; senderId: string | null; audience: Audience; targetSeq: number | undefined } {
  const targetSeq = 'targetSeq' in event ? event.targetSeq : undefined;
  return { seq: event.seq, senderId: event.senderId, audience, targetSeq };
}

/**
 * Whom an event is for, by name; null stands for all members. A broadcast names nobody, for it is for the whole application, and
 * neither does what a service says to all: nobody looks through its subscribers, however many they are.
 */
export function usersNamedBy(audience: Audience, conversationKind: string): readonly string[] | null {
  switch (audience.kind) {
    case 'everyone':
      return conversationKind === 'system' ? [] : null;
    case 'listed':
      return audience.userIds;
    case 'operators':
      // Their presence is another projection of sessions; it comes with support conversations.
      return [];
    case 'broadcast':
      return [];
  }
}

/** What a client asks to be stored: a message, or a custom event whose data is its `json` content. */
export const eventDraft = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('message'),
    content: messageContent,
    mentions: mentions.optional(),
    attachments: attachmentIds.optional(),
    expiresIn: expiresIn.optional(),
  }),
  z.object({
    kind: z.literal('custom'),
    name: customEventName,
    data: jsonValue,
    /**
     * The compact JSON text as it came, where parsing and writing it again would change it: numbers that no double holds, keys
     * that look like indices. It is kept instead of what `data` gives.
     */
    dataText: z.string().optional(),
  }),
]);
export type EventDraft = z.infer<typeof eventDraft>;

/** How hooks changed a message: only what differs from what was sent is present. */
export const modification = z
  .object({
    content: messageContent.optional(),
    data: jsonValue.optional(),
    recipients: z.array(userId).optional().meta({ description: 'Present when the recipients were changed.' }),
    hookIds: z.array(z.uuid()).meta({ description: 'The hooks that changed it, in order.' }),
  })
  .meta({ id: 'Modification' });
export type Modification = z.infer<typeof modification>;

/** Where an event came from, for hooks and logs; not part of the timeline. */
export const origin = z.object({
  address: z.string().nullable().meta({ description: 'The IP address of the client; null: none is known.' }),
  dialect: z.string().meta({ description: 'The protocol that was spoken.' }),
});
export type Origin = z.infer<typeof origin>;

/** The limit that a draft breaks, if any. */
export function oversized(draft: EventDraft): 'message_too_large' | 'custom_event_data_too_large' | null {
  switch (draft.kind) {
    case 'message':
      return contentBytes(draft.content) > limits.messageBytes ? 'message_too_large' : null;
    case 'custom':
      return bytesOfData(draft) > limits.customEventDataBytes ? 'custom_event_data_too_large' : null;
  }
}

function bytesOfData({ data, dataText }: Extract<EventDraft, { kind: 'custom' }>): number {
  return dataText === undefined ? jsonBytes(data) : new TextEncoder().encode(dataText).length;
}
