import { z } from 'zod';
import { conversationKind, conversationPatch } from '../conversations.js';
import { customEvent, customEventType, messageEvent, origin } from '../event.js';
import { attachment } from '../files.js';
import { applicationId, conversationId, eventId, seq, timestamp, userId } from '../identifiers.js';
import { jsonValue } from '../json-value.js';
import { mentions, messageContent, shownContent } from '../message-content.js';
import { sessionTag } from '../sessions.js';

/** What every hook server gets, whatever it is asked or told. */
const call = {
  id: z.string().meta({ description: 'Of this call: the same in every repetition of it.' }),
  applicationId,
  timestamp: timestamp.meta({
    description: 'When it happened, or was asked for, in milliseconds since the epoch.',
  }),
};

const hookConversation = z.object({
  id: conversationId,
  kind: conversationKind,
  attributes: z
    .record(z.string(), jsonValue)
    .optional()
    .meta({ description: 'Those from before the operation; absent where they are not known.' }),
});

const inConversation = { ...call, conversation: hookConversation };
const recipients = z.array(userId).meta({ description: 'Everybody who would get it, without the sender.' });
const initiatorId = userId
  .nullable()
  .meta({ description: 'Who does it; null for a server with the master key.' });
const ephemeral = z
  .boolean()
  .optional()
  .meta({ description: 'true: it is stored nowhere, and reaches only those who are connected.' });
const members = z.array(userId).min(1).meta({ description: 'The users concerned.' });

const messageReceivedRequest = z
  .object({
    ...inConversation,
    hook: z.literal('messageReceived'),
    origin,
    event: z.object({
      type: z.union([z.literal('message'), customEventType]),
      senderId: userId,
      content: messageContent,
      attachments: z.array(attachment).optional(),
      mentions: mentions.optional(),
      ephemeral,
    }),
    recipients,
  })
  .meta({ id: 'MessageReceivedRequest' });

const messageUpdateRequest = z
  .object({
    ...inConversation,
    hook: z.literal('messageUpdate'),
    origin,
    initiatorId,
    event: z.object({
      id: eventId,
      seq,
      type: z.union([z.literal('message'), customEventType]).meta({
        description: 'A custom event is only ever recalled.',
      }),
      senderId: userId,
      content: shownContent.meta({ description: 'The new content; `recalled` when it is to be recalled.' }),
    }),
    recall: z
      .boolean()
      .meta({ description: 'true: the message or custom event is to be recalled, and not edited.' }),
    recipients: recipients.meta({ description: 'Everybody who would be told, without the sender.' }),
  })
  .meta({ id: 'MessageUpdateRequest' });

const receiversOfflineRequest = z
  .object({
    ...inConversation,
    hook: z.literal('receiversOffline'),
    origin,
    event: messageEvent,
    offlineRecipients: z
      .array(userId)
      .meta({ description: 'Who is not connected, those included who have muted the conversation.' }),
    mentionsEveryone: z.boolean().meta({ description: 'The message mentions everyone.' }),
    mentionedOffline: z
      .array(userId)
      .meta({ description: 'Who of them is mentioned by name; empty when everyone is.' }),
  })
  .meta({ id: 'ReceiversOfflineRequest' });

const conversationStartRequest = z
  .object({
    ...inConversation,
    hook: z.literal('conversationStart'),
    origin,
    initiatorId,
    name: z.string().nullable().meta({ description: 'Of the conversation; null: it has none.' }),
    members: z.array(userId).meta({ description: 'Its first members, the initiator included.' }),
  })
  .meta({ id: 'ConversationStartRequest' });

const conversationAddRequest = z
  .object({ ...inConversation, hook: z.literal('conversationAdd'), origin, initiatorId, members })
  .meta({ id: 'ConversationAddRequest' });

const conversationRemoveRequest = z
  .object({ ...inConversation, hook: z.literal('conversationRemove'), origin, initiatorId, members })
  .meta({ id: 'ConversationRemoveRequest' });

const conversationUpdateRequest = z
  .object({
    ...inConversation,
    hook: z.literal('conversationUpdate'),
    origin,
    initiatorId,
    changes: conversationPatch
      .optional()
      .meta({ description: 'What is to be set; absent when a member mutes the conversation.' }),
    muted: z.boolean().optional().meta({
      description: 'Whether the initiator wants no notifications; absent when something else changes.',
    }),
  })
  .meta({ id: 'ConversationUpdateRequest' });

export const messageSentRequest = z
  .object({
    ...inConversation,
    hook: z.literal('messageSent'),
    origin,
    event: z.union([messageEvent, customEvent]),
    onlineRecipients: z.array(userId).meta({ description: 'Recipients who are connected just now.' }),
    offlineRecipients: z.array(userId).meta({ description: 'Recipients who are not.' }),
  })
  .meta({ id: 'MessageSentRequest' });

const conversationStartedRequest = z
  .object({ ...inConversation, hook: z.literal('conversationStarted'), initiatorId })
  .meta({ id: 'ConversationStartedRequest' });

const conversationAddedRequest = z
  .object({ ...inConversation, hook: z.literal('conversationAdded'), initiatorId, members })
  .meta({ id: 'ConversationAddedRequest' });

const conversationRemovedRequest = z
  .object({ ...inConversation, hook: z.literal('conversationRemoved'), initiatorId, members })
  .meta({ id: 'ConversationRemovedRequest' });

/** A session as hooks see it. */
const hookSession = z.object({
  id: z.uuid(),
  epoch: z
    .int()
    .min(1)
    .meta({ description: 'Counts the changes of this session: odd when it came, even when it went.' }),
  dialect: z.string().meta({ description: 'The protocol that its client speaks.' }),
  tag: sessionTag.nullable().meta({ description: 'Of its device; null: the client named none.' }),
  address: z
    .string()
    .nullable()
    .meta({ description: 'Of the client; null when its connection was lost, or is not known.' }),
});

const clientOnlineRequest = z
  .object({
    ...call,
    hook: z.literal('clientOnline'),
    userId,
    session: hookSession,
    reconnect: z.boolean().meta({ description: 'The client resumes what it had before.' }),
  })
  .meta({ id: 'ClientOnlineRequest' });

/** Close codes of seed 002. */
const clientOfflineRequest = z
  .object({
    ...call,
    hook: z.literal('clientOffline'),
    userId,
    session: hookSession,
    closeCode: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).meta({
      description:
        '1 logged out, 2 connection lost, 3 replaced by another session with its tag, 4 ended by a server',
    }),
    closeMessage: z.string().meta({ description: 'The reason, in words.' }),
    errorCode: z.int().optional().meta({ description: 'Of the error by which the connection was lost.' }),
    errorMessage: z.string().optional().meta({ description: 'Its name, for instance READ_TIMEOUT.' }),
  })
  .meta({ id: 'ClientOfflineRequest' });

/** What a hook server gets, by the name of the hook. */
export const hookRequests = {
  messageReceived: messageReceivedRequest,
  messageUpdate: messageUpdateRequest,
  receiversOffline: receiversOfflineRequest,
  conversationStart: conversationStartRequest,
  conversationAdd: conversationAddRequest,
  conversationRemove: conversationRemoveRequest,
  conversationUpdate: conversationUpdateRequest,
  messageSent: messageSentRequest,
  conversationStarted: conversationStartedRequest,
  conversationAdded: conversationAddedRequest,
  conversationRemoved: conversationRemovedRequest,
  clientOnline: clientOnlineRequest,
  clientOffline: clientOfflineRequest,
} as const;

type Requests = typeof hookRequests;
/** Of one hook. */
export type RequestOf<Name extends keyof Requests> = z.infer<Requests[Name]>;
export type HookRequest = { [Name in keyof Requests]: RequestOf<Name> }[keyof Requests];
export type MessageReceivedRequest = RequestOf<'messageReceived'>;
export type MessageSentRequest = RequestOf<'messageSent'>;
