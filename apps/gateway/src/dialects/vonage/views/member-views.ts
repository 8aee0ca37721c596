import type { Stay } from '#contracts/stays.js';
import { vonageMemberId, vonageUserId } from '#contracts/vonage/ids.js';
import { embeddedUser, noMedia, type Person, type Root } from '#contracts/vonage/person.js';
import { timesOf } from '#contracts/vonage/timestamps.js';

/** A stay, with those whom it names. */
export interface ShownMember {
  readonly conversationId: string;
  readonly stay: Stay;
  readonly person: Person;
  readonly inviter: Person | null;
}

const channel = { type: 'app' } as const;
export function stateOf({ state }: Pick<Stay, 'state'>): string {
  return state.toUpperCase();
}

function timesOfStay({ invitedAt, joinedAt, leftAt }: Stay): object {
  return timesOf({ invited: invitedAt, joined: joinedAt, left: leftAt });
}

/** Who has invited it; who let somebody join is not kept. `isSystem` is for the older packages. */
function initiatorOf({ stay, inviter }: ShownMember): object {
  if (stay.invitedAt === null) return {};
  const isSystem = inviter === null;
  return {
    invited: {
      is_system: isSystem,
      isSystem,
      ...(!isSystem && { user_id: vonageUserId(inviter.uid) }),
    },
  };
}

/** A member of v0.3 and v1. */
export function memberView(root: Root, version: string, shown: ShownMember): object {
  const { conversationId, stay, person, inviter } = shown;
  const id = vonageMemberId(stay.id);
  return {
    id,
    conversation_id: conversationId,
    state: stateOf(stay),
    timestamp: timesOfStay(stay),
    channel,
    media: noMedia,
    initiator: initiatorOf(shown),
    ...(inviter !== null && { invited_by: vonageUserId(inviter.uid) }),
    _embedded: {
      user: {
        ...embeddedUser(person),
        _links: { self: { href: `${root}/${version}/users/${vonageUserId(person.uid)}` } },
      },
    },
    _links: { self: { href: `${root}/${version}/conversations/${conversationId}/members/${id}` } },
  };
}

/** The same, flat, of v0.1 and v0.2. */
export function legacyMemberView(root: Root, version: string, shown: ShownMember): object {
  const { conversationId, stay, person } = shown;
  const id = vonageMemberId(stay.id);
  return {
    id,
    member_id: id,
    user_id: vonageUserId(person.uid),
    name: person.id,
    user_name: person.id,
    display_name: person.displayName ?? person.id,
    state: stateOf(stay),
    timestamp: timesOfStay(stay),
    channel,
    media: noMedia,
    initiator: initiatorOf(shown),
    href: `${root}/${version}/conversations/${conversationId}/members/${id}`,
  };
}
