import type { ErrorCode } from '#contracts/errors.js';
import type { memberOperations } from '#contracts/rest/member-operations.js';
import { usedKey, type Cast, type Change } from './bad-input-cast.js';

type Id = keyof typeof memberOperations;
export type Refusal = readonly [string, ErrorCode, (cast: Cast) => Change];

const key = { idempotencyKey: usedKey };
const asServer =
  (change: (cast: Cast) => Change = () => ({})) =>
  (cast: Cast): Change => ({
    as: cast.application,
    parameters: { conversationId: cast.group },
    ...change(cast),
  });
const ofJerry = ({ group }: Cast): Change => ({ parameters: { conversationId: group, userId: 'jerry' } });

/** See `goodRequests`. */
export const goodMemberRequests: Record<Id, (cast: Cast) => Change> = {
  inviteMembers: asServer(() => ({ body: { members: [{ userId: 'spike' }] } })),
  listInvitations: ({ tom }) => ({ as: tom }),
  joinConversation: asServer(({ spike }) => ({ as: spike, body: {} })),
  leaveConversation: asServer(({ tom }) => ({ as: tom, body: {} })),
  listMembers: asServer(),
  countMembers: asServer(),
  getMember: asServer(ofJerry),
  addMembers: asServer(() => ({ body: { members: [{ userId: 'spike' }] } })),
  removeMember: asServer(ofJerry),
  updateMember: asServer((cast) => ({ ...ofJerry(cast), body: { role: 'manager' } })),
  transferOwnership: asServer(() => ({ body: { userId: 'jerry' } })),
  silenceMember: asServer((cast) => ({ ...ofJerry(cast), body: { seconds: 60 } })),
  liftSilence: asServer(ofJerry),
  muteConversation: asServer(ofJerry),
  unmuteConversation: asServer(ofJerry),
};

export const nowhere = (good: (cast: Cast) => Change): Refusal => [
  'an unknown conversation',
  'conversation_not_found',
  (cast) => ({ parameters: { ...good(cast).parameters, conversationId: 'nowhere' } }),
];
export const deleted = (good: (cast: Cast) => Change): Refusal => [
  'a deleted conversation',
  'conversation_not_found',
  (cast) => ({ parameters: { ...good(cast).parameters, conversationId: cast.deleted } }),
];
export const inactive = (good: (cast: Cast) => Change): Refusal => [
  'an inactive conversation',
  'conversation_inactive',
  (cast) => ({ parameters: { ...good(cast).parameters, conversationId: cast.inactive } }),
];
export const foreign: Refusal = [
  'a conversation of another application',
  'conversation_not_found',
  (cast) => ({ as: cast.foreign }),
];
export const foreigner: Refusal = [
  'a user of another application',
  'conversation_not_found',
  (cast) => ({ as: cast.foreigner }),
];
export const outsider: Refusal = ['a user who is not in it', 'not_a_member', ({ spike }) => ({ as: spike })];
export const member: Refusal = [
  'a member without a higher role',
  'insufficient_role',
  ({ tom }) => ({ as: tom }),
];
const absent: Refusal = [
  'a user who is not in it',
  'member_not_found',
  ({ group }) => ({ parameters: { conversationId: group, userId: 'spike' } }),
];
const used: Refusal = ['a used key with other content', 'idempotency_key_reused', () => key];

function changing(id: Id): Refusal[] {
  const good = goodMemberRequests[id];
  return [nowhere(good), deleted(good), inactive(good)];
}

const newcomers = (id: Id): Refusal[] => [
  ...changing(id),
  foreign,
  foreigner,
  outsider,
  member,
  ['an unknown user', 'user_not_found', () => ({ body: { members: [{ userId: 'nobody' }] } })],
  ['a member', 'member_exists', () => ({ body: { members: [{ userId: 'spike' }, { userId: 'tom' }] } })],
  [
    'a user named twice',
    'invalid_request',
    () => ({ body: { members: [{ userId: 'spike' }, { userId: 'spike' }] } }),
  ],
  [
    'one more than a group may have',
    'too_many_members',
    ({ full }) => ({ parameters: { conversationId: full } }),
  ],
];

/** See `refusals`. */
export const memberRefusals: Record<Id, readonly Refusal[]> = {
  inviteMembers: newcomers('inviteMembers'),
  listInvitations: [
    ['no user, with the master key', 'invalid_request', ({ application }) => ({ as: application })],
  ],
  joinConversation: [
    ...changing('joinConversation'),
    foreigner,
    outsider,
    ['a member', 'member_exists', ({ tom }) => ({ as: tom })],
  ],
  leaveConversation: [...changing('leaveConversation'), foreigner, outsider],
  listMembers: [nowhere(goodMemberRequests.listMembers), foreign, foreigner, outsider],
  countMembers: [
    nowhere(goodMemberRequests.countMembers),
    deleted(goodMemberRequests.countMembers),
    foreign,
    ['a member', 'forbidden', ({ tom }) => ({ as: tom })],
  ],
  getMember: [nowhere(goodMemberRequests.getMember), foreign, foreigner, outsider, absent],
  addMembers: [...newcomers('addMembers'), used],
  removeMember: [...changing('removeMember'), foreign, foreigner, outsider, member, absent],
  updateMember: [...changing('updateMember'), foreign, foreigner, outsider, member, absent],
  transferOwnership: [
    ...changing('transferOwnership'),
    foreign,
    foreigner,
    outsider,
    member,
    ['a user who is not in it', 'member_not_found', () => ({ body: { userId: 'spike' } })],
  ],
  silenceMember: [...changing('silenceMember'), foreign, foreigner, outsider, member, absent],
  liftSilence: [...changing('liftSilence'), foreign, foreigner, outsider, member, absent],
  muteConversation: [
    ...changing('muteConversation'),
    foreign,
    absent,
    ['another one', 'forbidden', ({ tom }) => ({ as: tom })],
  ],
  unmuteConversation: [
    ...changing('unmuteConversation'),
    foreign,
    absent,
    ['another one', 'forbidden', ({ tom }) => ({ as: tom })],
  ],
};
