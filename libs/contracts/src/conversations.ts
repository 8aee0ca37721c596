import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { change, hookedPatience } from './change.js';
import { joinRule } from './event.js';
import {
  applicationId,
  conversationId,
  displayText,
  seq,
  timestamp,
  uniqueKey,
  userId,
} from './identifiers.js';
import { attributeEqualities, attributes } from './json-value.js';
import { limits } from './limits.js';
import { member, newMember } from './members.js';

export const conversationKind = z
  .enum(['group', 'room', 'system', 'temporary', 'business', 'support'])
  .meta({ id: 'ConversationKind' });

export const conversation = z
  .object({
    id: conversationId,
    number: z.int().meta({ description: 'Counts the conversations of the application from 1.' }),
    kind: conversationKind,
    state: z.enum(['active', 'inactive', 'deleted']),
    name: z.string().nullable(),
    attributes,
    historyVisibility: z.enum(['start', 'joined']),
    joinRule,
    receiptsAsEvents: z.boolean().meta({
      description: 'Receipts are events of its timeline too. Once it is so it stays so.',
    }),
    equalMembers: z.boolean().meta({ description: 'Every member may do what an owner may.' }),
    unique: z.boolean().meta({ description: 'Creating it again answers this one.' }),
    uniqueKey: z.string().nullable(),
    createdBy: userId.nullable().meta({ description: 'The first owner; null: a server named none.' }),
    expiresAt: timestamp.nullable().meta({
      description: 'From then on a temporary conversation does not exist any more; null: it stays.',
    }),
    lastSeq: seq,
    lastActivityAt: timestamp.meta({
      description:
        'Of its newest event, of a service for a user of the newest that is for it; its creation when it has none.',
    }),
    createdAt: timestamp,
    updatedAt: timestamp.meta({
      description: 'When its name, attributes, join rule or state were last set; its creation until then.',
    }),
  })
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

/** Kinds that clients and servers create by themselves; services (`system`) servers alone. */
const creatableKind = z.enum(['group', 'temporary', 'room', 'system']);

export const newConversation = z
  .strictObject({
    id: conversationId.optional(),
    kind: creatableKind.default('group'),
    name: displayText.optional(),
    attributes: attributes.default({}),
    historyVisibility: z
      .enum(['start', 'joined'])
      .default('start')
      .meta({ description: 'Whether a member sees everything or only what came after joining.' }),
    joinRule: joinRule.optional().meta({
      description:
        'Who may join by itself. Unless it is said: `open` for a room or a service, else `invited`.',
    }),
    equalMembers: z.boolean().default(false).meta({
      description:
        'Every member may do what an owner may, and there is no owner; for groups and temporary ones.',
    }),
    receiptsAsEvents: z.boolean().default(false).meta({
      description: 'Receipts are events of its timeline too; for groups and temporary conversations.',
    }),
    expiresIn: z
      .int()
      .min(1)
      .max(limits.temporaryConversationMaximumSeconds)
      .optional()
      .meta({ description: 'Seconds that a temporary conversation lasts; a day unless it is said.' }),
    uniqueKey: uniqueKey.optional().meta({
      description: 'While a conversation with this key exists, it is answered instead of a new one.',
    }),
    unique: z
      .boolean()
      .default(false)
      .meta({ description: 'The same for its kind and the set of its first members.' }),
    ownerId: userId.optional().meta({
      description: "Becomes its owner and a member. With a user token: the token's user, named or not.",
    }),
    members: z.array(newMember).max(limits.membersPerGroup).default([]),
  })
  .superRefine((wanted, context) => {
    const { kind, expiresIn, unique, uniqueKey, ownerId, members, receiptsAsEvents } = wanted;
    const refuse = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    if (kind !== 'temporary' && expiresIn !== undefined)
      refuse('expiresIn', 'is for temporary conversations');
    const isForFew = kind === 'group' || kind === 'temporary';
    if (receiptsAsEvents && !isForFew)
      refuse('receiptsAsEvents', 'is for groups and temporary conversations');
    if (wanted.equalMembers && !isForFew) refuse('equalMembers', 'is for groups and temporary conversations');
    if (wanted.equalMembers && members.some(({ role }) => role !== 'member'))
      refuse('members', 'have no roles where all are equal');
    if (kind === 'room' && members.length > 0) refuse('members', 'must be empty: a room is entered');
    if (kind === 'room' && unique) refuse('unique', 'is for conversations with members');
    if (kind === 'system' && members.length > 0) refuse('members', 'must be empty: users subscribe');
    if (kind === 'system' && ownerId !== undefined) refuse('ownerId', 'must be absent: servers own services');
    if (kind === 'system' && unique) refuse('unique', 'is for conversations with members');
    if (unique && uniqueKey !== undefined) refuse('unique', 'is not for conversations with a uniqueKey');
  })
  .meta({ id: 'NewConversation' });

export const createConversation = call(
  'conversation.create',
  z.object({ applicationId, ...change, conversation: newConversation }),
  z.object({ conversation, isNew: z.boolean() }),
  hookedPatience,
);

/** What is not named stays. `attributes` is a merge patch (RFC 7396): null removes. */
export const conversationPatch = z
  .strictObject({
    name: displayText.nullable().optional().meta({ description: 'null: it has none any more.' }),
    attributes: attributes.optional().meta({
      description: 'A merge patch (RFC 7396): null removes what it names. The result has the usual limits.',
    }),
    joinRule: joinRule.optional(),
    state: z
      .enum(['active', 'inactive'])
      .optional()
      .meta({ description: 'An inactive conversation takes no events. Changed by its owners alone.' }),
  })
  .meta({ id: 'ConversationPatch' });
export type ConversationPatch = z.infer<typeof conversationPatch>;

/** Without values: under an idempotency key it would outlive the conversation. */
const conversationModification = z
  .object({
    fields: z
      .array(z.enum(['name', 'attributes', 'joinRule', 'state']))
      .meta({ description: 'What was set otherwise than asked for.' }),
    hookIds: z.array(z.uuid()).meta({ description: 'The hooks that changed it, in order.' }),
  })
  .meta({ id: 'ConversationModification' });
export type ConversationModification = z.infer<typeof conversationModification>;

export const updatedConversation = conversation
  .extend({
    modified: conversationModification.nullable().meta({ description: 'null: hooks have changed nothing.' }),
  })
  .meta({ id: 'UpdatedConversation' });

export const updateConversation = call(
  'conversation.update',
  z.object({ applicationId, conversationId, ...change, patch: conversationPatch }),
  updatedConversation,
  hookedPatience,
);
export const deleteConversation = call(
  'conversation.delete',
  z.object({ applicationId, conversationId, ...change }),
  z.object({}),
);
export const getConversation = call(
  'conversation.get',
  z.object({ applicationId, conversationId, actor }),
  conversation.extend({ members: z.array(member) }),
);

/** `active` comes first what has the newest event. */
export const conversationOrder = z.enum(['oldest', 'newest', 'active']);

export const listConversations = call(
  'conversation.list',
  z.object({
    applicationId,
    /** Null: those of the whole application. */
    userId: userId.nullable(),
    kind: conversationKind.nullable(),
    attributes: attributeEqualities.nullable(),
    order: conversationOrder,
    cursor: z.string().nullable(),
    limit: z.int(),
  }),
  z.object({ conversations: z.array(conversation), nextCursor: z.string().nullable() }),
);

/** The conversation that has this unique key; null: none has. For servers. */
export const findConversation = call(
  'conversation.find',
  z.object({ applicationId, uniqueKey }),
  z.object({ conversation: conversation.nullable() }),
);
