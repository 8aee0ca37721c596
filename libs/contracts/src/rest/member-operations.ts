import { z } from 'zod';
import { conversationId, userId } from '../identifiers.js';
import { limits } from '../limits.js';
import { member, newMember } from '../members.js';
import { inputless, ofConversation, operation } from './describe.js';

/** Who is in a conversation, and as what. */
export const memberOperations = {
  addMembers: operation({
    ...inputless,
    id: 'addMembers',
    method: 'post',
    path: '/conversations/{conversationId}/members',
    tag: 'Conversations',
    summary: 'Add members; they join by one event of the timeline',
    callers: ['master'],
    parameters: ofConversation,
    body: z.strictObject({ members: z.array(newMember).min(1).max(limits.membersPerGroup) }),
    answers: { 201: { description: 'All members now.', schema: z.object({ members: z.array(member) }) } },
    errors: [
      'conversation_not_found',
      'conversation_inactive',
      'user_not_found',
      'member_exists',
      'too_many_members',
      'idempotency_key_reused',
    ],
    idempotent: true,
  }),
  removeMember: operation({
    ...inputless,
    id: 'removeMember',
    method: 'delete',
    path: '/conversations/{conversationId}/members/{userId}',
    tag: 'Conversations',
    summary: 'Remove a member',
    callers: ['master'],
    parameters: z.object({ conversationId, userId }),
    answers: { 204: { description: 'Removed.' } },
    errors: ['conversation_not_found', 'conversation_inactive', 'member_not_found'],
    idempotent: false,
  }),
} as const;
