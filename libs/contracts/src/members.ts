import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { change as changing, hookedPatience } from './change.js';
import { memberRole } from './event.js';
import { applicationId, conversationId, timestamp, userId } from './identifiers.js';
import { limits } from './limits.js';

/** `silencedUntil` of somebody who is silenced until it is lifted: the last millisecond of the year 9999. */
export const untilLifted = 253_402_300_799_999;

const memberState = z.enum(['invited', 'joined']);

export const member = z
  .object({
    id: z.uuid().meta({ description: 'Of this stay: whoever leaves and comes again has another one.' }),
    userId,
    role: memberRole,
    state: memberState,
    inviterId: userId.nullable().meta({ description: 'Null: not invited, or by a server.' }),
    invitedAt: timestamp.nullable(),
    joinedAt: timestamp.nullable(),
    silencedUntil: timestamp.optional().meta({
      description: `May not send until then; absent: may send. ${String(untilLifted)}: until it is lifted.`,
    }),
    muted: z.boolean().optional().meta({
      description:
        'Wants no push notifications. Only where a user reads its own membership, or a server one.',
    }),
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;
export type MemberRole = z.infer<typeof memberRole>;

export const newMember = z.strictObject({ userId, role: memberRole.default('member') });
const newMembers = z.array(newMember).min(1).max(limits.membersPerGroup);

/** Seconds after which a restriction ends by itself; absent: it lasts until it is lifted. */
export const restrictionSeconds = z
  .int()
  .min(1)
  .max(limits.restrictionSeconds)
  .optional()
  .meta({ description: 'Ends by itself after so many seconds; absent: when it is lifted.' });

/** An invitation as the invited user sees it: the conversation's history stays closed until it joins. */
export const invitation = z
  .object({
    conversationId,
    conversationKind: z.enum(['group', 'temporary']),
    conversationName: z.string().nullable(),
    role: memberRole,
    inviterId: userId.nullable(),
    invitedAt: timestamp,
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof invitation>;

const ofConversation = { applicationId, conversationId };
const change = { ...ofConversation, ...changing };
const ofMember = { ...change, userId };
const nothing = z.object({});

/** `skipPresent`: whoever is a member already is passed over, instead of `member_exists`. */
export const addMembers = call(
  'conversation.members.add',
  z.object({ ...change, members: newMembers, skipPresent: z.boolean().default(false) }),
  z.object({ members: z.array(member) }),
  hookedPatience,
);
export const inviteMembers = call(
  'conversation.members.invite',
  z.object({ ...change, members: newMembers }),
  z.object({ members: z.array(member) }),
);
/** The actor is the user who comes, or goes. */
export const joinConversation = call('conversation.members.join', z.object(ofMember), member, hookedPatience);
export const leaveConversation = call('conversation.members.leave', z.object(ofMember), nothing);
export const removeMember = call('conversation.members.remove', z.object(ofMember), nothing, hookedPatience);
/** The same of several at once; whoever is no member is passed over. For servers. */
export const removeMembers = call(
  'conversation.members.remove-several',
  z.object({ ...change, userIds: z.array(userId).min(1).max(limits.membersPerGroup) }),
  nothing,
  hookedPatience,
);
export const changeRole = call(
  'conversation.members.role',
  z.object({ ...ofMember, role: memberRole }),
  member,
);
export const transferOwnership = call('conversation.members.transfer', z.object(ofMember), member);
/** `silenced: null` lifts it. */
export const silenceMember = call(
  'conversation.members.silence',
  z.object({ ...ofMember, silenced: z.object({ seconds: restrictionSeconds }).nullable() }),
  member,
);
/** What has become of a wish to mute a conversation, or not to mute it any more. */
export const muting = z
  .object({
    muted: z.boolean().meta({ description: 'Whether the user now gets no push notifications.' }),
    modified: z
      .object({ muted: z.boolean(), hookIds: z.array(z.uuid()) })
      .nullable()
      .meta({
        description: 'By these hooks it is the other way round than asked for; null: it is as asked.',
      }),
  })
  .meta({ id: 'Muting' });
export const muteConversation = call(
  'conversation.members.mute',
  z.object({ ...ofMember, muted: z.boolean() }),
  muting,
  hookedPatience,
);

const page = { cursor: z.string().nullable(), limit: z.int() };

export const listMembers = call(
  'conversation.members.list',
  z.object({
    ...ofConversation,
    actor,
    state: memberState.nullable(),
    role: memberRole.nullable(),
    ...page,
  }),
  z.object({ members: z.array(member), nextCursor: z.string().nullable() }),
);
export const getMember = call(
  'conversation.members.get',
  z.object({ ...ofConversation, actor, userId }),
  member,
);
/** Members of many conversations at once, in the order in which they came; none of rooms and services. For servers. */
export const listMembersOf = call(
  'conversation.members.of',
  z.object({ applicationId, conversationIds: z.array(conversationId).min(1).max(100) }),
  z.object({
    members: z.array(z.object({ conversationId, userId, muted: z.boolean() })),
    /** So many of the conversations, from the first, are answered: ask again for the others. */
    answered: z.int().min(1),
  }),
);
/** Members of a group, subscribers of a service; of a room those who are there, as far as they are counted. For servers. */
export const countMembers = call(
  'conversation.members.count',
  z.object({ applicationId, conversationId }),
  z.object({ count: z.int() }),
);
/** The services to which a user is subscribed, in the order of their creation. For servers. */
export const listSubscriptions = call(
  'conversation.subscriptions.of-user',
  z.object({ applicationId, userId, cursor: z.string().nullable() }),
  z.object({
    subscriptions: z.array(z.object({ conversationId, joinedAt: timestamp })),
    /** A page may be empty and not the last. */
    nextCursor: z.string().nullable(),
  }),
);
export const listInvitations = call(
  'conversation.invitations.list',
  z.object({ applicationId, userId, ...page }),
  z.object({ invitations: z.array(invitation), nextCursor: z.string().nullable() }),
);
