import { z } from 'zod';
import { userId } from '../../identifiers.js';
import { memberId, userUid } from '../ids.js';
import { legacy, modern, ofConversation, optional, page, reference, route, upperCase } from './route.js';

const ofMember = ofConversation.extend({ memberId: reference });

const reason = optional(
  z.object({ code: optional(z.string().max(100)), text: optional(z.string().max(500)) }),
);

/** Besides these, packages write about voice (`media`, `knocking_id`): it means nothing here. */
const channel = optional(z.looseObject({ type: optional(z.string().max(50)) }));

export const memberRoutes = {
  addMember: route('post', '/conversations/{conversationId}/members', {
    versions: modern,
    parameters: ofConversation,
    body: z.object({
      state: upperCase(['INVITED', 'JOINED']),
      user: z.object({ id: optional(userUid), name: optional(userId) }),
      channel,
      from: optional(memberId),
      member_id_inviting: optional(memberId),
    }),
  }),
  addMemberLegacy: route('post', '/conversations/{conversationId}/members', {
    versions: legacy,
    parameters: ofConversation,
    body: z.object({
      action: z.enum(['invite', 'join']),
      user_id: optional(userUid),
      user_name: optional(userId),
      channel,
      member_id: optional(memberId),
      member_id_inviting: optional(memberId),
    }),
  }),
  listMembers: route('get', '/conversations/{conversationId}/members', {
    parameters: ofConversation,
    query: z.object(page),
  }),
  getMember: route('get', '/conversations/{conversationId}/members/{memberId}', { parameters: ofMember }),
  updateMember: route(['patch', 'put'], '/conversations/{conversationId}/members/{memberId}', {
    versions: modern,
    parameters: ofMember,
    body: z.object({ state: upperCase(['JOINED', 'LEFT']), from: optional(memberId), channel, reason }),
  }),
  updateMemberLegacy: route('put', '/conversations/{conversationId}/members/{memberId}', {
    versions: legacy,
    parameters: ofMember,
    body: z.object({ action: z.literal('join'), channel }),
  }),
  removeMember: route('delete', '/conversations/{conversationId}/members/{memberId}', {
    parameters: ofMember,
    query: z.object({
      from: memberId.optional(),
      reason_code: z.string().max(100).optional(),
      reason_text: z.string().max(500).optional(),
    }),
  }),
} as const;
