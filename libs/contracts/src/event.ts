import { z } from 'zod';
import { conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { jsonBytes, jsonValue } from './json-value.js';
import { limits } from './limits.js';

/** A message's content. Text and JSON are kept as the compact JSON text of the value; binary travels as base64. */
export const messageContent = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text'), text: z.string().min(1).meta({ example: 'Holy crap!' }) }),
    z.strictObject({ type: z.literal('json'), json: jsonValue }),
    z.strictObject({
      type: z.literal('binary'),
      data: z.base64().min(1).meta({ description: 'Base64 of the bytes.' }),
    }),
  ])
  .meta({ id: 'MessageContent' });
export type MessageContent = z.infer<typeof messageContent>;

/** Seed 000: letters, digits, '-' and '_', at most 100 characters. */
export const customEventName = z
  .string()
  .min(1)
  .max(limits.customEventNameLength)
  .regex(/^[A-Za-z0-9_-]+$/, "may contain letters, digits, '-' and '_'")
  .meta({ id: 'CustomEventName', example: 'my_custom_event' });

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

const common = { id: eventId, conversationId, seq, timestamp };

export const messageEvent = z
  .object({ ...common, type: z.literal('message'), senderId: userId, content: messageContent })
  .meta({ id: 'MessageEvent' });

export const customEvent = z
  .object({ ...common, type: customEventType, senderId: userId, data: jsonValue })
  .meta({ id: 'CustomEvent' });

export const memberRole = z.enum(['owner', 'manager', 'member']);

export const memberEvent = z
  .object({
    ...common,
    type: z.enum(['member.joined', 'member.left']),
    senderId: userId.nullable().meta({ description: 'Who caused it; null for a server.' }),
    members: z.array(z.object({ id: z.uuid(), userId, role: memberRole })),
  })
  .meta({ id: 'MemberEvent' });

/** One entry of a conversation's timeline, as clients, hooks and webhooks see it. */
export const timelineEvent = z.union([messageEvent, customEvent, memberEvent]).meta({ id: 'Event' });
export type TimelineEvent = z.infer<typeof timelineEvent>;
export type MessageEvent = z.infer<typeof messageEvent>;
export type CustomEvent = z.infer<typeof customEvent>;
export type MemberEvent = z.infer<typeof memberEvent>;

/** Who may see an event, besides its sender. */
export const audience = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('everyone') }),
  z.object({ kind: z.literal('operators') }),
  z.object({ kind: z.literal('listed'), userIds: z.array(userId).readonly() }),
]);
export type Audience = z.infer<typeof audience>;

/** Whom an event is for, by name; null stands for all members. */
export function usersNamedBy(audience: Audience): readonly string[] | null {
  switch (audience.kind) {
    case 'everyone':
      return null;
    case 'listed':
      return audience.userIds;
    case 'operators':
      // Their presence is another projection of sessions; it comes with support conversations.
      return [];
  }
}

/** What a client asks to be stored: a message, or a custom event whose data is its `json` content. */
export const eventDraft = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), content: messageContent }),
  z.object({ kind: z.literal('custom'), name: customEventName, data: jsonValue }),
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
export const origin = z.object({ address: z.string().nullable(), dialect: z.string() });
export type Origin = z.infer<typeof origin>;

/** Bytes that count against the limits: the UTF-8 of the compact JSON text, or the bytes of binary content. */
function contentBytes(content: MessageContent): number {
  switch (content.type) {
    case 'text':
      return jsonBytes(content.text);
    case 'json':
      return jsonBytes(content.json);
    case 'binary':
      return Math.floor((content.data.length * 3) / 4) - (/=+$/.exec(content.data)?.[0].length ?? 0);
  }
}

/** The limit that a draft breaks, if any. */
export function oversized(draft: EventDraft): 'message_too_large' | 'custom_event_data_too_large' | null {
  switch (draft.kind) {
    case 'message':
      return contentBytes(draft.content) > limits.messageBytes ? 'message_too_large' : null;
    case 'custom':
      return jsonBytes(draft.data) > limits.customEventDataBytes ? 'custom_event_data_too_large' : null;
  }
}
