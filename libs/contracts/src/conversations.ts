import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { applicationId, conversationId, displayText, seq, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { attributes } from './json-value.js';
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
    lastSeq: seq,
    createdAt: timestamp,
  })
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

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

export const createConversation = call(
  'conversation.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), conversation: newConversation }),
  conversation,
);
export const getConversation = call(
  'conversation.get',
  z.object({ applicationId, conversationId, actor }),
  conversation.extend({ members: z.array(member) }),
);
export const listConversations = call(
  'conversation.list',
  z.object({ applicationId, userId, cursor: z.string().nullable(), limit: z.int() }),
  z.object({ conversations: z.array(conversation), nextCursor: z.string().nullable() }),
);
