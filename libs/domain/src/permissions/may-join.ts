import { isService } from '../conversations/service.js';
import type { Part } from './conversation-permissions.js';

/** What has to be known to decide whether somebody may join by itself. */
export interface JoinSituation {
  readonly part: Part;
  readonly joinRule: 'invited' | 'open';
}

/** @returns null when it is allowed; blocks are another matter, for they concern whoever is added as well */
export function whyNotJoin({ part, joinRule }: JoinSituation): 'member_exists' | 'not_a_member' | null {
  switch (part) {
    case 'invited':
      return null;
    case 'outsider':
      return joinRule === 'open' ? null : 'not_a_member';
    case 'member':
    case 'manager':
    case 'owner':
      return 'member_exists';
  }
}

/** Conversations that users are members of; of others they are not, or by other means. Subscribers of a service are its members. */
export function hasMembers(kind: string): boolean {
  return kind === 'group' || kind === 'temporary' || isService(kind);
}
