import { z } from 'zod';
import { integer } from '../../text-values.js';
import { leanCloudLimits } from '../limits.js';
import { clientId, clientIds, collections, columns, finding, ofConversation, route } from './route.js';

const [conversations, chatrooms] = collections;
const membersOnly = [conversations] as const;
const some = '/1.2/rtm/{collection}';
const one = `${some}/{conversationId}`;

const ofMany = { collections, parameters: ofConversation } as const;
const ofMembers = { collections: membersOnly, parameters: ofConversation } as const;
const naming = z.object({ client_ids: clientIds });
const restricted = z.object({
  limit: integer(1, leanCloudLimits.restrictedPerPage).default(10),
  next: z.string().optional(),
});

const memberRole = z.enum(['Member', 'Manager', 'Owner']);
const ofMemberInfo = ofConversation.extend({ memberInfoId: z.uuid() });

/** Conversations of all kinds, and who is in them. */
export const conversationRoutes = {
  createConversation: route('post', some, { collections, body: columns }),
  findConversations: route('get', some, { collections, query: finding }),
  findAllConversations: route('get', '/1.2/rtm/all-conversations', { query: finding }),
  updateConversation: route('put', one, { ...ofMany, body: columns }),
  deleteConversation: route('delete', one, ofMany),

  addMembers: route('post', `${one}/members`, { ...ofMembers, body: naming }),
  removeMembers: route('delete', `${one}/members`, { ...ofMembers, body: naming }),
  listMembers: route('get', `${one}/members`, {
    collections: [conversations, chatrooms],
    parameters: ofConversation,
  }),

  countOnline: route('get', `${one}/members/online-count`, {
    collections: [chatrooms],
    parameters: ofConversation,
  }),

  muteMembers: route('post', `${one}/mutes`, { ...ofMembers, body: naming }),
  unmuteMembers: route('delete', `${one}/mutes`, { ...ofMembers, body: naming }),
  listMutes: route('get', `${one}/mutes`, ofMembers),

  silenceTemporarily: route('post', `${one}/temporary-silenceds`, {
    ...ofMembers,
    body: z.object({
      client_id: clientId,
      ttl: z.int().min(1).max(leanCloudLimits.temporarySilenceSeconds),
    }),
  }),
  liftTemporarySilence: route('delete', `${one}/temporary-silenceds`, {
    ...ofMembers,
    body: z.object({ client_id: clientId }),
  }),
  silence: route('post', `${one}/permanent-silenceds`, { ...ofMembers, body: naming }),
  liftSilence: route('delete', `${one}/permanent-silenceds`, { ...ofMembers, body: naming }),
  listSilenced: route('get', `${one}/permanent-silenceds`, { ...ofMembers, query: restricted }),

  block: route('post', `${one}/blacklists`, { ...ofMany, body: naming }),
  unblock: route('delete', `${one}/blacklists`, { ...ofMany, body: naming }),
  listBlocked: route('get', `${one}/blacklists`, { ...ofMany, query: restricted }),

  createMemberInfo: route('post', `${one}/member-infos`, {
    ...ofMembers,
    body: z.object({ clientId, role: memberRole }),
  }),
  updateMemberInfo: route('put', `${one}/member-infos/{memberInfoId}`, {
    collections: membersOnly,
    parameters: ofMemberInfo,
    body: z.object({ role: memberRole }),
  }),
  deleteMemberInfo: route('delete', `${one}/member-infos/{memberInfoId}`, {
    collections: membersOnly,
    parameters: ofMemberInfo,
  }),
  listMemberInfos: route('get', `${one}/member-infos`, {
    ...ofMembers,
    query: z.object({ skip: integer(0, 1_000).default(0), limit: integer(1, 500).default(100) }),
  }),
} as const;
