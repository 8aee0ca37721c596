import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { getConversation } from '#contracts/conversations.js';
import {
  addMembers,
  inviteMembers,
  joinConversation,
  leaveConversation,
  removeMember,
} from '#contracts/members.js';
import { listStays, type Stay } from '#contracts/stays.js';
import { vonageMemberId } from '#contracts/vonage/ids.js';
import { isLegacy } from '#contracts/vonage/versions.js';
import { Bus } from '#platform/bus/bus.js';
import type { Person } from '#contracts/vonage/person.js';
import { Directory } from '../directory.js';
import { hasMembers, Members } from '../members.js';
import { Page } from '../paging.js';
import {
  actorOf,
  changeBy,
  created,
  done,
  found,
  userIdOf,
  type Reply,
  type Requested,
  type RouteHandlers,
} from '../requested.js';
import { legacyMemberView, memberView } from '../views/member-views.js';

type Names =
  | 'addMember'
  | 'addMemberLegacy'
  | 'listMembers'
  | 'getMember'
  | 'updateMember'
  | 'updateMemberLegacy'
  | 'removeMember';

/** Who is meant, by either of its ids. */
interface Meant {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

type OfConversation = Pick<Requested<'addMember'>, 'caller' | 'address'> & {
  readonly parameters: { readonly conversationId: string };
};

type Change = ReturnType<typeof changeBy> & { readonly conversationId: string };

/** Who is in a conversation, or invited; comings and goings. */
@Injectable()
export class MemberRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly directory: Directory,
    private readonly members: Members,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    addMember: async (request) => {
      const { state, user, from, member_id_inviting: inviting } = request.body;
      const person = await this.person(request, user, '/user');
      const change = await this.change(request, from ?? inviting);
      if (state === 'JOINED') await this.join(change, person);
      else await this.invite(change, person);
      return created(await this.present(request, person));
    },
    addMemberLegacy: async (request) => {
      const {
        action,
        user_id: id,
        user_name: name,
        member_id: memberId,
        member_id_inviting: from,
      } = request.body;
      const where = whereOf(request);
      const person =
        memberId === undefined
          ? await this.person(request, { id, name }, '/user_id')
          : await this.directory.person(
              where.applicationId,
              (await this.members.byId(where, memberId)).userId,
            );
      const change = await this.change(request, from);
      if (action === 'join') await this.join(change, person);
      else await this.invite(change, person);
      return created(await this.present(request, person));
    },
    listMembers: (request) => this.list(request),
    getMember: async (request) => {
      const where = whereOf(request);
      const stay = await this.members.referred(where, request.parameters.memberId, request.caller);
      await this.requireOpen(request, stay);
      return found(await this.viewed(request, stay));
    },
    updateMember: async (request) => {
      const stay = await this.lasting(request);
      const change = await this.change(request, request.body.from);
      if (request.body.state === 'LEFT') await this.remove(change, stay);
      else await this.join(change, await this.personOf(request, stay));
      return found(await this.viewed(request, await this.members.byId(whereOf(request), stay.id)));
    },
    updateMemberLegacy: async (request) => {
      const { parameters, root, prefix } = request;
      const stay = await this.lasting(request);
      await this.join(await this.change(request, undefined), await this.personOf(request, stay));
      const id = vonageMemberId(stay.id);
      return found({
        id,
        href: `${root}/${prefix}/conversations/${parameters.conversationId}/members/${id}`,
      });
    },
    removeMember: async (request) => {
      const stay = await this.lasting(request);
      await this.remove(await this.change(request, request.query.from), stay);
      return done;
    },
  };

  /**
   * Whom a path names, who has not left: clients keep ids, and who comes back has another.
   *
   * @throws HooklineError member_not_found
   */
  private async lasting(
    request: OfConversation & { readonly parameters: { readonly memberId: string } },
  ): Promise<Stay> {
    const stay = await this.members.referred(whereOf(request), request.parameters.memberId, request.caller);
    if (stay.state === 'left') throw new HooklineError('member_not_found');
    return stay;
  }

  private async list(request: Requested<'listMembers'>): Promise<Reply> {
    const { caller, query, version, root, prefix } = request;
    const where = whereOf(request);
    const page = new Page(request);
    const { stays, nextCursor } = await this.bus.ask(listStays, {
      ...where,
      actor: actorOf(caller),
      ...{ states: null, order: query.order, cursor: page.cursor, limit: query.page_size },
    });
    const shown = await this.members.shown(where, stays);
    if (!isLegacy(version)) {
      const views = shown.map((member) => memberView(root, prefix, member));
      return found(page.body({ members: views }, nextCursor));
    }
    const views = shown.map((member) => legacyMemberView(root, prefix, member));
    return found(version === 'v0.1' ? views : page.body({ data: { members: views } }, nextCursor));
  }

  /** @param from in whose name, without `MEM-` */
  private async change(request: OfConversation, from: string | undefined): Promise<Change> {
    const { conversationId } = request.parameters;
    const actor = await this.members.actor(whereOf(request), request.caller, from);
    return { ...changeBy(request), actor, conversationId };
  }

  /** Whoever acts, or somebody whom it brings in. */
  private async join(change: Change, { id: userId }: Person): Promise<void> {
    if (isBy(change, userId)) await this.bus.ask(joinConversation, { ...change, userId });
    else
      await this.bus.ask(addMembers, {
        ...change,
        members: [{ userId, role: 'member' }],
        skipPresent: false,
      });
  }

  private async invite(change: Change, { id: userId }: Person): Promise<void> {
    await this.bus.ask(inviteMembers, { ...change, members: [{ userId, role: 'member' }] });
  }

  private async remove(change: Change, { userId }: Stay): Promise<void> {
    await this.bus.ask(isBy(change, userId) ? leaveConversation : removeMember, { ...change, userId });
  }

  private async person(
    { caller }: Pick<Requested, 'caller'>,
    { id, name }: Meant,
    pointer: string,
  ): Promise<Person> {
    const { applicationId } = caller;
    if (id !== undefined) return this.directory.byUid(applicationId, id);
    if (name !== undefined) return this.directory.person(applicationId, name);
    const me = userIdOf(caller);
    if (me !== null) return this.directory.person(applicationId, me);
    throw new HooklineError('invalid_request', `${pointer}: a server names a user`, {
      errors: [{ pointer, detail: 'must have an id or a name' }],
    });
  }

  private personOf({ caller }: OfConversation, { userId }: Stay): Promise<Person> {
    return this.directory.person(caller.applicationId, userId);
  }

  private async present(
    request: OfConversation & Pick<Requested, 'version' | 'root' | 'prefix'>,
    { id: userId }: Person,
  ): Promise<object> {
    const stay = await this.members.of(whereOf(request), userId);
    if (stay === null) throw new HooklineError('member_not_found');
    return this.viewed(request, stay);
  }

  private async viewed(
    request: OfConversation & Pick<Requested, 'version' | 'root' | 'prefix'>,
    stay: Stay,
  ): Promise<object> {
    const { version, root, prefix } = request;
    const [member] = await this.members.shown(whereOf(request), [stay]);
    if (member === undefined) throw new HooklineError('member_not_found');
    return isLegacy(version) ? legacyMemberView(root, prefix, member) : memberView(root, prefix, member);
  }

  /** A member reads others; whoever is invited reads itself. @throws HooklineError member_not_found */
  private async requireOpen(request: OfConversation, { userId }: Stay): Promise<void> {
    const me = userIdOf(request.caller);
    if (me === null || me === userId) return;
    const where = whereOf(request);
    const own = await this.members.of(where, me);
    if (own?.state !== 'joined') throw new HooklineError('member_not_found');
    const { kind } = await this.bus.ask(getConversation, { ...where, actor: { kind: 'user', userId: me } });
    if (!hasMembers(kind)) throw new HooklineError('member_not_found');
  }
}

function isBy({ actor }: Change, userId: string): boolean {
  return actor.kind === 'user' && actor.userId === userId;
}

function whereOf({ caller, parameters }: OfConversation): { applicationId: string; conversationId: string } {
  return { applicationId: caller.applicationId, conversationId: parameters.conversationId };
}
