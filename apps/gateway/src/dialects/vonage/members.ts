import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import type { Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { findStays, listStays, type Stay } from '#contracts/stays.js';
import { memberId } from '#contracts/vonage/ids.js';
import { Bus } from '#platform/bus/bus.js';
import type { VonageCaller } from './auth/vonage-authentication.js';
import { Directory } from './directory.js';
import { actorOf, userIdOf } from './requested.js';
import type { ShownMember } from './views/member-views.js';

interface Somewhere {
  readonly applicationId: string;
  readonly conversationId: string;
}

/** Members by the ids of their stays, and how they are shown. */
@Injectable()
export class Members {
  constructor(
    private readonly bus: Bus,
    private readonly directory: Directory,
  ) {}

  /** The present stay of a user; null: it is neither in nor invited. */
  async of(where: Somewhere, userId: string): Promise<Stay | null> {
    const { stays } = await this.bus.ask(findStays, { ...where, by: { userIds: [userId] } });
    return stays[0] ?? null;
  }

  /** @param id without `MEM-`. @throws HooklineError member_not_found */
  async byId(where: Somewhere, id: string): Promise<Stay> {
    const { stays } = await this.bus.ask(findStays, { ...where, by: { ids: [id] } });
    const [stay] = stays;
    if (stay === undefined) throw new HooklineError('member_not_found');
    return stay;
  }

  /** Whom a path names: `me`, or `MEM-…`. @throws HooklineError member_not_found */
  async referred(where: Somewhere, reference: string, caller: VonageCaller): Promise<Stay> {
    const me = userIdOf(caller);
    if (reference === 'me') {
      const stay = me === null ? null : await this.of(where, me);
      if (stay === null) throw new HooklineError('member_not_found');
      return stay;
    }
    const id = memberId.safeParse(reference);
    if (!id.success) throw new HooklineError('member_not_found');
    return this.byId(where, id.data);
  }

  /**
   * In whose name something is said or done: the caller's, whatever it writes, or of a server the member's whom it names.
   *
   * @param from without `MEM-`
   * @throws HooklineError not_the_sender, member_not_found, forbidden: a server names nobody
   */
  async speaker(where: Somewhere, caller: VonageCaller, from: string | undefined): Promise<string> {
    const me = userIdOf(caller);
    if (from === undefined) {
      if (me === null)
        throw new HooklineError('invalid_request', '/from: a server says in whose name it speaks', {
          errors: [{ pointer: '/from', detail: 'is required with a token without `sub`' }],
        });
      return me;
    }
    const { userId } = await this.byId(where, from);
    if (me !== null && userId !== me)
      throw new HooklineError('not_the_sender', '`from` is a member of another user');
    return userId;
  }

  async shown({ applicationId, conversationId }: Somewhere, stays: readonly Stay[]): Promise<ShownMember[]> {
    const people = await this.directory.people(
      applicationId,
      stays.flatMap(({ userId, inviterId }) => [userId, ...(inviterId === null ? [] : [inviterId])]),
    );
    return stays.flatMap((stay) => {
      const person = people.get(stay.userId);
      const inviter = stay.inviterId === null ? null : (people.get(stay.inviterId) ?? null);
      return person === undefined ? [] : [{ conversationId, stay, person, inviter }];
    });
  }

  /**
   * Who does something: the caller, or for a server the member in whose name it says to do it.
   *
   * @param from without `MEM-`
   * @throws HooklineError not_the_sender, member_not_found
   */
  async actor(where: Somewhere, caller: VonageCaller, from: string | undefined): Promise<Actor> {
    if (from === undefined) return actorOf(caller);
    return { kind: 'user', userId: await this.speaker(where, caller, from) };
  }

  /**
   * Whom the flat conversation shows of those who are in or invited: all of them to members and servers, itself to whoever is
   * invited, and nobody to the others. A group has at most 500.
   */
  async visible(
    caller: VonageCaller,
    { id, kind }: Pick<Conversation, 'id' | 'kind'>,
  ): Promise<ShownMember[]> {
    if (!hasMembers(kind)) return [];
    const where = { applicationId: caller.applicationId, conversationId: id };
    const me = userIdOf(caller);
    const own = me === null ? null : await this.of(where, me);
    if (own?.state === 'invited') return this.shown(where, [own]);
    return me === null || own !== null ? this.present(where) : [];
  }

  private async present(where: Somewhere): Promise<ShownMember[]> {
    const stays: Stay[] = [];
    let cursor: string | null = null;
    do {
      const page: { stays: Stay[]; nextCursor: string | null } = await this.bus.ask(listStays, {
        ...where,
        actor: { kind: 'master' },
        ...{ states: ['invited', 'joined'], order: 'ascending', cursor, limit: 200 },
      });
      stays.push(...page.stays);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return this.shown(where, stays);
  }
}

/** Rooms and services are not for this dialect's users: who is there is nobody's to read, and may be anybody. */
export function hasMembers(kind: Conversation['kind']): boolean {
  return kind !== 'room' && kind !== 'system';
}
